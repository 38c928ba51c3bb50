import type { DType, TypedArray } from "../dtype";

/** A dense, row-major array as files hold it: what the readers produce and the writers take. */
export interface RawTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}
