import { allocate } from "../dtype";
import type { RawTensor } from "./raw";

/** Reorders an array stored column by column (first axis fastest) to row-major order. */
export function fromFortranOrder(raw: RawTensor): RawTensor {
  const { shape, data } = raw;
  const rank = shape.length;
  if (rank < 2 || data.length === 0) return raw;
  const ordered = allocate(raw.dtype, data.length);
  const strides: number[] = [];
  let stride = 1;
  for (const extent of shape) {
    strides.push(stride);
    stride *= extent;
  }
  const index = new Array<number>(rank).fill(0);
  for (let i = 0, from = 0; i < ordered.length; i++) {
    ordered[i] = data[from] as number;
    for (let axis = rank - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      from += strides[axis] as number;
      if (index[axis] !== shape[axis]) break;
      from -= (strides[axis] as number) * (shape[axis] as number);
      index[axis] = 0;
    }
  }
  return { dtype: raw.dtype, shape, data: ordered };
}
