import { wrap } from "../creation";
import { threefry2x32 } from "../internal/threefry";
import { sizeOf } from "../shape";
import type { Tensor } from "../tensor";

/** Standard normal f64 tensors from a seed, by Box and Muller's transform of Threefry bits. */
export function normals(seed: number): (like: Tensor) => Tensor {
  let counter = 0;
  return ({ shape }) => {
    const data = Float64Array.from({ length: sizeOf(shape) }, () => {
      const [a, b] = threefry2x32(seed >>> 0, 0x9e3779b9, counter++, 0);
      return Math.sqrt(-2 * Math.log((a + 0.5) / 2 ** 32)) * Math.cos((2 * Math.PI * b) / 2 ** 32);
    });
    return wrap(data, shape, "f64");
  };
}

/** 1 at one element (of the flattened tensor), 0 elsewhere; −1 for 0 everywhere. */
export function unit(like: Tensor, at: number): Tensor {
  const data = new Float64Array(like.size);
  if (at >= 0) data[at] = 1;
  return wrap(data, like.shape, "f64");
}

/** Sum of products over corresponding tensors, with each factor seen through `f`. */
export function inner(
  xs: readonly Tensor[],
  ys: readonly Tensor[],
  f: (x: number) => number = (x) => x,
): number {
  let sum = 0;
  xs.forEach((x, i) => {
    const [a, b] = [x.dataSync(), (ys[i] as Tensor).dataSync()];
    for (let j = 0; j < a.length; j++) sum += f(a[j] as number) * f(b[j] as number);
  });
  return sum;
}
