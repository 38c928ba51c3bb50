import { pixels, side } from "./digits";

/** Random numbers that {@link augment} uses per image. */
export const numbersPerImage = 6;

const middle = (side - 1) / 2;

/**
 * Turns, shears, stretches and shifts images at random, so that few originals stand for many.
 *
 * @param images - grey levels 0 … 255
 * @param which - which of them to take
 * @param uniform - `numbersPerImage` uniform numbers per image taken
 * @returns grey levels 0 … 1, [which.length, 784]
 */
export function augment(
  images: Uint8Array,
  which: ArrayLike<number>,
  uniform: ArrayLike<number>,
): Float32Array {
  const out = new Float32Array(which.length * pixels);
  for (let i = 0; i < which.length; i++) {
    const start = (which[i] as number) * pixels;
    const random = (k: number, most: number): number =>
      (2 * (uniform[i * numbersPerImage + k] as number) - 1) * most;
    const turn = random(0, 0.2);
    const [scaleX, scaleY] = [1 + random(1, 0.15), 1 + random(2, 0.15)];
    const shear = random(3, 0.2);
    const matrix = [
      Math.cos(turn) / scaleX,
      Math.sin(turn) / scaleX + shear,
      -Math.sin(turn) / scaleY,
      Math.cos(turn) / scaleY,
      middle + random(4, 2),
      middle + random(5, 2),
    ] as const;
    warp(images, start, matrix, out.subarray(i * pixels, (i + 1) * pixels));
  }
  return out;
}

/** Reads an image along an affine map of pixel positions, blending the four pixels around each. */
function warp(
  images: Uint8Array,
  start: number,
  [a, b, c, d, centreX, centreY]: readonly [number, number, number, number, number, number],
  out: Float32Array,
): void {
  const at = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= side || y >= side ? 0 : (images[start + y * side + x] as number);
  for (let p = 0; p < pixels; p++) {
    const dx = (p % side) - middle;
    const dy = Math.floor(p / side) - middle;
    const x = a * dx + b * dy + centreX;
    const y = c * dx + d * dy + centreY;
    const [x0, y0] = [Math.floor(x), Math.floor(y)];
    const [right, lower] = [x - x0, y - y0];
    const upperRow = at(x0, y0) * (1 - right) + at(x0 + 1, y0) * right;
    const lowerRow = at(x0, y0 + 1) * (1 - right) + at(x0 + 1, y0 + 1) * right;
    out[p] = (upperRow * (1 - lower) + lowerRow * lower) / 255;
  }
}

/** Grey levels 0 … 1 of images as they are. */
export const greyLevels = (images: Uint8Array): Float32Array =>
  Float32Array.from(images, (level) => level / 255);
