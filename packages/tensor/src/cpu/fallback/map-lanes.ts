import { THREAD_SCRATCH } from "../control";

/** Typed windows on one buffer. */
export interface Lanes {
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

let scratch: Lanes | undefined;

/** The memory in which fused programs keep their registers; created at the first use. */
export function scratchLanes(): Lanes {
  if (scratch === undefined) {
    const buffer = new ArrayBuffer(THREAD_SCRATCH);
    scratch = {
      u8: new Uint8Array(buffer),
      i32: new Int32Array(buffer),
      u32: new Uint32Array(buffer),
      f32: new Float32Array(buffer),
      f64: new Float64Array(buffer),
    };
  }
  return scratch;
}
