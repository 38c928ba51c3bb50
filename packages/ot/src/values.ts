import type { TensorLike, TypedArray } from "@x/tensor";

/** Numbers as functions of this package take them: a tensor, a typed array, or nested arrays of numbers or of typed arrays. Plain numbers are f64. */
export type Values = TensorLike | TypedArray | readonly TypedArray[];
