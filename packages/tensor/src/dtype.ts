/** Element types of a tensor; `f32` is the default. */
export type DType = "f32" | "f64" | "i32" | "u32" | "u8" | "bool";

/** The typed arrays that hold tensor elements; `bool` is stored as 0 / 1 in a `Uint8Array`. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** The typed-array class of each element type. */
export interface TypedArrayOf {
  /** 32-bit floats. */
  f32: Float32Array;
  /** 64-bit floats. */
  f64: Float64Array;
  /** Signed 32-bit integers. */
  i32: Int32Array;
  /** Unsigned 32-bit integers. */
  u32: Uint32Array;
  /** Bytes. */
  u8: Uint8Array;
  /** Truth values, 0 or 1. */
  bool: Uint8Array;
}

/** Every element type, in promotion order. */
export const dtypes: readonly DType[] = ["bool", "u8", "i32", "u32", "f32", "f64"];

const constructors = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u32: Uint32Array,
  u8: Uint8Array,
  bool: Uint8Array,
} as const;

/** Bytes of one element. */
export const bytesOf = (dtype: DType): 1 | 4 | 8 =>
  dtype === "f64" ? 8 : dtype === "u8" || dtype === "bool" ? 1 : 4;

/** True for `f32` and `f64`. */
export const isFloat = (dtype: DType): dtype is "f32" | "f64" => dtype === "f32" || dtype === "f64";

/** Smallest and largest value of the integer types. */
export const limits: Readonly<Record<string, readonly [number, number]>> = {
  u8: [0, 255],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
};

/** True when a whole number lies in the range of a dtype. */
export function fits(value: number, dtype: DType): boolean {
  const limit = limits[dtype];
  return limit === undefined || (value >= limit[0] && value <= limit[1]);
}

/** A number as a cast makes it: 0 or 1 for bool, truncated and saturated for integers, NaN as 0. */
export function representable(value: number, dtype: DType): number {
  if (dtype === "bool") return Number(value !== 0);
  const limit = limits[dtype];
  if (limit === undefined) return value;
  return Number.isNaN(value) ? 0 : Math.trunc(Math.min(limit[1], Math.max(limit[0], value)));
}

/** A new zero-filled typed array of `length` elements. */
export function allocate<D extends DType>(dtype: D, length: number): TypedArrayOf[D] {
  return new constructors[dtype](length) as TypedArrayOf[D];
}

/** A typed-array view on `buffer`, starting at byte `offset`. */
export function viewOn<D extends DType>(
  dtype: D,
  buffer: ArrayBufferLike,
  offset: number,
  length: number,
): TypedArrayOf[D] {
  return new constructors[dtype](buffer as ArrayBuffer, offset, length) as TypedArrayOf[D];
}
