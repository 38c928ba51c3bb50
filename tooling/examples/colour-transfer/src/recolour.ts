import { colorTransfer, slicedWasserstein } from "@x/ot";
import { type Tensor, tensor } from "@x/tensor";
import type { Arguments, Method } from "./arguments";
import type { Pair } from "./find-pictures";
import type { Picture } from "./picture";

/** A recoloured picture, and what it took. */
export interface Recoloured {
  readonly method: Method;
  readonly picture: Picture;
  readonly seconds: number;
  /** Sliced distance of its colours to the target's, in units of the range of a colour. */
  readonly distance: number;
}

/** All colours of a picture, [n, 3] between 0 and 1. */
function coloursOf({ pixels }: Picture): Tensor {
  const colours = Float32Array.from({ length: (3 * pixels.length) / 4 }, (_, k) => {
    return (pixels[4 * Math.floor(k / 3) + (k % 3)] as number) / 255;
  });
  return tensor(colours, { shape: [colours.length / 3, 3], copy: false });
}

/** How far the colours of two pictures are apart, along directions that are spread evenly. */
export const colourDistance = (x: Picture, y: Picture): number =>
  slicedWasserstein(coloursOf(x), coloursOf(y), { projections: 50, sampler: "qmc" }).value;

/** Gives the source the target's colours. */
export function recolour(
  { source, target }: Pair,
  method: Method,
  { samples, seed }: Pick<Arguments, "samples" | "seed">,
): Recoloured {
  const began = performance.now();
  const pixels = colorTransfer(source.pixels, target.pixels, { method, samples, seed });
  const seconds = (performance.now() - began) / 1000;
  const picture = { ...source, pixels };
  return { method, picture, seconds, distance: colourDistance(picture, target) };
}
