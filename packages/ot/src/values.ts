import type { TensorLike, TypedArray } from "@x/tensor";

/** Numbers as functions of this package take them: a tensor, a typed array or nested arrays. Plain numbers are f64. */
export type Values = TensorLike | TypedArray;
