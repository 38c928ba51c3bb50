import type { DType } from "../../dtype";
import type { Shape } from "../../shape";

/** An operand of a step: a strided window on one of the step's buffers. */
export interface GpuView {
  /** Which buffer. Views on the same memory share it, and a kernel binds it once. */
  readonly slot: number;
  readonly dtype: DType;
  readonly shape: Shape;
  /** In elements, as the strides. */
  readonly offset: number;
  readonly strides: readonly number[];
}

/** A result of a step: contiguous elements in a buffer of its own. */
export interface GpuResult {
  readonly slot: number;
  readonly dtype: DType;
  readonly shape: Shape;
}

/**
 * 32-bit floats that an element takes: f32, u8 and bool one, i32 and u32 two, the low and the high 16 bits as
 * whole numbers, because a float holds only 24.
 */
export const planesOf = (dtype: DType): 1 | 2 => (dtype === "i32" || dtype === "u32" ? 2 : 1);
