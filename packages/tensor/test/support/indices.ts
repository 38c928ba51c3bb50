import fc from "fast-check";
import { type Sample, samples } from "./views";

/** An index −n … n − 1 as 0 … n − 1. */
export const wrapped = (i: number, n: number): number => (i < 0 ? i + n : i);

/** Index tensors of i32 with entries −n … n − 1. */
export const indexTensor = (shape: readonly number[], n: number): fc.Arbitrary<Sample> =>
  samples("i32", shape, fc.integer({ min: -n, max: n - 1 }));
