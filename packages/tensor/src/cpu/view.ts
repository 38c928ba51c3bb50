import type { DType } from "../dtype";

/** A strided window on the CPU heap: how a kernel sees one operand. */
export interface View {
  /** Byte address of the element at index 0 in every axis. */
  readonly pointer: number;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Steps between neighbours along each axis, in elements; 0 (broadcast) and negative (flipped) are allowed. */
  readonly strides: readonly number[];
}
