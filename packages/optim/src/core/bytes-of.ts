import type { DType, Tensor } from "@x/tensor";

const widths: Readonly<Record<DType, number>> = { bool: 1, u8: 1, i32: 4, u32: 4, f32: 4, f64: 8 };

/** Bytes of a tensor's elements. */
export const bytesOf = (x: Tensor): number => x.size * widths[x.dtype];
