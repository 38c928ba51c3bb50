import { random } from "@x/tensor";
import type { Picture } from "./picture";

type Rgb = readonly [number, number, number];

/** Colours from one to another, with hills in a third, and grain. */
function landscape(seed: number, top: Rgb, bottom: Rgb, hill: Rgb): Picture {
  const [width, height] = [240, 160];
  const noise = random.uniform(random.key(seed), [height, width], { dtype: "f64" });
  const grain = noise.dataSync();
  const pixels = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const down = y / height;
      const edge = 0.6 + 0.12 * Math.sin(x / 23 + seed) + 0.06 * Math.sin(x / 7);
      const light = 0.8 + 0.4 * (grain[at] as number) * (down > edge ? 1 - down / 2 : 0.5);
      for (let c = 0; c < 3; c++) {
        const sky = (top[c] as number) * (1 - down) + (bottom[c] as number) * down;
        pixels[4 * at + c] = 255 * light * (down > edge ? (hill[c] as number) : sky);
      }
      pixels[4 * at + 3] = 255;
    }
  return { width, height, pixels };
}

/** Two pictures for who has no photographs: a clear day, and an evening. */
export const drawPictures = (): readonly [Picture, Picture] => [
  landscape(1, [0.3, 0.5, 0.85], [0.75, 0.85, 0.9], [0.25, 0.45, 0.2]),
  landscape(2, [0.35, 0.15, 0.35], [0.95, 0.55, 0.25], [0.2, 0.12, 0.18]),
];
