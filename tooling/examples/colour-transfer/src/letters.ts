import type { Picture } from "./picture";

// Five rows of three dots, as bits from the left, of the letters that the captions need and the rest of the alphabet.
const glyphs: Readonly<Record<string, readonly number[]>> = {
  a: [2, 5, 7, 5, 5],
  b: [6, 5, 6, 5, 6],
  c: [3, 4, 4, 4, 3],
  d: [6, 5, 5, 5, 6],
  e: [7, 4, 6, 4, 7],
  f: [7, 4, 6, 4, 4],
  g: [3, 4, 5, 5, 3],
  h: [5, 5, 7, 5, 5],
  i: [7, 2, 2, 2, 7],
  j: [1, 1, 1, 5, 2],
  k: [5, 5, 6, 5, 5],
  l: [4, 4, 4, 4, 7],
  m: [5, 7, 7, 5, 5],
  n: [6, 5, 5, 5, 5],
  o: [2, 5, 5, 5, 2],
  p: [6, 5, 6, 4, 4],
  q: [2, 5, 5, 6, 3],
  r: [6, 5, 6, 5, 5],
  s: [3, 4, 2, 1, 6],
  t: [7, 2, 2, 2, 2],
  u: [5, 5, 5, 5, 7],
  v: [5, 5, 5, 5, 2],
  w: [5, 5, 7, 7, 5],
  x: [5, 5, 2, 5, 5],
  y: [5, 5, 2, 2, 2],
  z: [7, 1, 2, 4, 7],
};

/** Height of a line of text: five dots of this many pixels. */
const DOT = 3;

/** Height of a caption with the space around it. */
export const CAPTION: number = 5 * DOT + 12;

/** Writes small letters in dark grey into a picture, with their upper left corner at (x, y). */
export function writeText({ width, pixels }: Picture, text: string, x: number, y: number): void {
  const dot = (column: number, row: number): void => {
    for (let dy = 0; dy < DOT; dy++)
      for (let dx = 0; dx < DOT; dx++) {
        const at = 4 * ((y + row * DOT + dy) * width + x + column * DOT + dx);
        pixels.fill(60, at, at + 3);
      }
  };
  for (const [k, letter] of [...text].entries())
    for (const [row, bits] of (glyphs[letter] ?? []).entries())
      for (let column = 0; column < 3; column++)
        if ((bits >> (2 - column)) & 1) dot(4 * k + column, row);
}
