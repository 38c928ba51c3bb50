import { allocate, type DType } from "../dtype";
import { storageOf } from "../internal/storage";
import type { Shape } from "../shape";
import { Tensor } from "../tensor";

/** A tensor whose elements are all `value`, held as one element with strides of 0. */
export function constant(value: number, shape: Shape, dtype: DType): Tensor {
  const one = allocate(dtype, 1);
  one[0] = dtype === "bool" ? Number(value !== 0) : value;
  return Tensor.concrete(shape, dtype, {
    storage: storageOf(dtype, one),
    offset: 0,
    strides: shape.map(() => 0),
  });
}

/** {@link constant} with the shape and dtype of another tensor. */
export const constantLike = (
  x: { readonly shape: Shape; readonly dtype: DType },
  value: number,
): Tensor => constant(value, x.shape, x.dtype);
