import { range, type Tensor, tensor } from "@x/tensor";
import { type Digits, side } from "example-digits/digits";

/** Examples along axis 0. */
export interface Examples {
  /** Grey levels 0 … 1, f32 [n, 1, side, side]. */
  readonly x: Tensor;
  /** 0 … 9, i32 [n]. */
  readonly y: Tensor;
}

/**
 * The first digits of a set as tensors.
 *
 * @param count - how many at most
 * @param options.halve - take means of 2×2 pixels, so that images are 14×14; default false
 */
export function digitTensors(
  { images, labels }: Digits,
  count: number,
  { halve = false }: { readonly halve?: boolean } = {},
): Examples {
  const n = Math.min(count, labels.length);
  const x = tensor(Float32Array.from(images.subarray(0, n * side * side), (v) => v / 255));
  const half = side / 2;
  return {
    x: halve ? x.reshape([n, 1, half, 2, half, 2]).mean([3, 5]) : x.reshape([n, 1, side, side]),
    y: tensor(Int32Array.from(labels.subarray(0, n))),
  };
}

/** The first so many examples, or all if there are fewer. */
export function firstExamples({ x, y }: Examples, count: number): Examples {
  const some = range(0, Math.min(count, y.shape[0] as number));
  return { x: x.at(some), y: y.at(some) };
}
