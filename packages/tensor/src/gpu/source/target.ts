import type { BackendName } from "../backend/backend";

/** What a lowering needs to know of the device that its kernels run on. */
export interface Target {
  readonly backend: BackendName;
  /** Most buffers that a kernel can read. */
  readonly maxInputs: number;
  /** Most elements (32-bit floats) of a buffer. */
  readonly maxLength: number;
  /** Whether a kernel can return vectors, whose components lie side by side in memory. */
  readonly vectors: boolean;
}
