import { isTensor, type Tensor, type TensorLike, tensor } from "@x/tensor";

/** What a user may pass for numbers as a tensor of floats; integers and truth values become f32. */
export function asFloat(x: TensorLike): Tensor {
  const t = isTensor(x) ? x : tensor(x);
  return t.dtype === "f32" || t.dtype === "f64" ? t : t.cast("f32");
}

/** Text of a shape: [2, 3]. */
export const showShape = (shape: readonly number[]): string => `[${shape.join(", ")}]`;
