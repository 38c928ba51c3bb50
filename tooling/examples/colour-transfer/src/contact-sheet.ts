import { CAPTION, writeText } from "./letters";
import type { Picture } from "./picture";

const WIDTH = 420;
const GAP = 12;

/** The mean of the pixels that fall on each pixel of a picture of another width; larger pictures are never made larger. */
export function shrink(picture: Picture, most: number): Picture {
  const factor = Math.min(1, most / picture.width);
  const width = Math.max(1, Math.round(picture.width * factor));
  const height = Math.max(1, Math.round(picture.height * factor));
  const pixels = new Uint8ClampedArray(4 * width * height);
  const part = (k: number, to: number, from: number): number => Math.floor((k * from) / to);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [left, right] = [part(x, width, picture.width), part(x + 1, width, picture.width)];
      const [top, bottom] = [part(y, height, picture.height), part(y + 1, height, picture.height)];
      for (let c = 0; c < 4; c++) {
        let sum = 0;
        for (let v = top; v < bottom; v++)
          for (let u = left; u < right; u++)
            sum += picture.pixels[4 * (v * picture.width + u) + c] as number;
        pixels[4 * (y * width + x) + c] = sum / ((right - left) * (bottom - top));
      }
    }
  return { width, height, pixels };
}

/** Pictures with their names below them, in rows of two on a light ground. */
export function contactSheet(pictures: readonly (readonly [string, Picture])[]): Picture {
  const tiles = pictures.map(([name, picture]) => [name, shrink(picture, WIDTH)] as const);
  const rows = Array.from({ length: Math.ceil(tiles.length / 2) }, (_, r) =>
    tiles.slice(2 * r, 2 * r + 2),
  );
  const heights = rows.map((row) => Math.max(...row.map(([, { height }]) => height)) + CAPTION);
  const width = 2 * WIDTH + 3 * GAP;
  const height = heights.reduce((sum, h) => sum + h + GAP, GAP);
  const sheet = { width, height, pixels: new Uint8ClampedArray(4 * width * height).fill(245) };
  for (let at = 3; at < sheet.pixels.length; at += 4) sheet.pixels[at] = 255;
  let top = GAP;
  for (const [r, row] of rows.entries()) {
    for (const [k, [name, tile]] of row.entries()) {
      const left = GAP + k * (WIDTH + GAP);
      paste(sheet, tile, left, top);
      writeText(sheet, name, left, top + tile.height + 6);
    }
    top += (heights[r] as number) + GAP;
  }
  return sheet;
}

function paste(sheet: Picture, tile: Picture, left: number, top: number): void {
  for (let y = 0; y < tile.height; y++) {
    const row = tile.pixels.subarray(4 * y * tile.width, 4 * (y + 1) * tile.width);
    sheet.pixels.set(row, 4 * ((top + y) * sheet.width + left));
  }
}
