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
  const paper = new Float32Array(rimmed * rimmed);
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
    warp(
      images.subarray(start, start + pixels),
      paper,
      matrix,
      out.subarray(i * pixels, (i + 1) * pixels),
    );
  }
  return out;
}

// An image with a rim of paper: one pixel before it, two behind, so that blending needs no bounds.
const rimmed = side + 3;

/** Reads an image along an affine map of pixel positions, blending the four pixels around each. */
function warp(
  image: Uint8Array,
  paper: Float32Array,
  [a, b, c, d, centreX, centreY]: readonly [number, number, number, number, number, number],
  out: Float32Array,
): void {
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      paper[(y + 1) * rimmed + x + 1] = (image[y * side + x] as number) / 255;
    }
  }
  let p = 0;
  for (let dy = -middle; dy <= middle; dy++) {
    for (let dx = -middle; dx <= middle; dx++) {
      // Everything beyond the rim is paper like the rim.
      const x = Math.min(side, Math.max(-1, a * dx + b * dy + centreX)) + 1;
      const y = Math.min(side, Math.max(-1, c * dx + d * dy + centreY)) + 1;
      const x0 = x | 0;
      const y0 = y | 0;
      const right = x - x0;
      const at = y0 * rimmed + x0;
      const upper = mix(paper[at] as number, paper[at + 1] as number, right);
      const lower = mix(paper[at + rimmed] as number, paper[at + rimmed + 1] as number, right);
      out[p++] = mix(upper, lower, y - y0);
    }
  }
}

const mix = (from: number, to: number, share: number): number => from + share * (to - from);

/** Grey levels 0 … 1 of images as they are. */
export const greyLevels = (images: Uint8Array): Float32Array =>
  Float32Array.from(images, (level) => level / 255);
