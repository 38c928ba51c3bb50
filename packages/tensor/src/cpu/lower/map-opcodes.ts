import type { DType } from "../../dtype";
import { ArgumentError } from "../../errors";
import type { BinaryMapOp, MapOp, UnaryMapOp } from "./map-program";

/** Groups of kernel operations: an operation is `group · 32 + index`. */
export const group = {
  move: 0,
  immediate: 32,
  f32: 64,
  f64: 96,
  elementaryF32: 128,
  elementaryF64: 160,
  integer: 192,
  conversion: 224,
} as const;

/** Copies and bits, which do not care what the lanes are. */
export const move = { copy: 0, not: 1, and: 2, or: 3, xor: 4, andNot: 5, select: 6 } as const;

/** Operations on numbers in place of registers. */
export const immediate = { constant: 32, spread: 33, load1: 34, load4: 35, load8: 36 } as const;

/** Conversions: of 4-byte lanes, of 8-byte lanes, and between either and memory. */
export const convert = {
  f32ToI32: 224,
  f32ToU32: 225,
  f32ToU8: 226,
  i32ToF32: 227,
  u32ToF32: 228,
  f64ToI32: 235,
  f64ToU32: 236,
  f64ToU8: 237,
  f64ToF32: 238,
  modulo8: 239,
  toUnsigned: 240,
  toSigned: 241,
} as const;

/** The first operation that moves elements of a different size between memory and lanes. */
const loads4: Partial<Record<DType, number>> = { u8: 229, bool: 230, f64: 231 };
const stores4: Partial<Record<DType, number>> = { u8: 232, bool: 233, f64: 234 };
const loads8: Partial<Record<DType, number>> = { f32: 242, i32: 243, u32: 244, u8: 245, bool: 246 };
const stores8: Partial<Record<DType, number>> = {
  f32: 247,
  i32: 248,
  u32: 249,
  u8: 250,
  bool: 251,
};

/** Operation that turns elements of a view into lanes; undefined if they are lanes as they stand. */
export const loadOp = (width: 4 | 8, dtype: DType): number | undefined =>
  (width === 4 ? loads4 : loads8)[dtype];

/** Operation that turns lanes into elements of a view; undefined if they are elements as they stand. */
export const storeOp = (width: 4 | 8, dtype: DType): number | undefined =>
  (width === 4 ? stores4 : stores8)[dtype];

/** True if an operation's result has elements of another size than its operand. */
export const changesSize = (op: number): boolean => (op >= 229 && op <= 234) || op >= 242;

const floatArithmetic: readonly MapOp[] = [
  "neg",
  "abs",
  "sign",
  "floor",
  "ceil",
  "round",
  "trunc",
  "sqrt",
  "reciprocal",
  "isFinite",
  "add",
  "sub",
  "mul",
  "div",
  "max",
  "min",
  "eq",
  "ne",
  "lt",
  "le",
];

/** Index within the arithmetic of floats. */
export const floatOps: Partial<Record<MapOp, number>> = Object.fromEntries(
  floatArithmetic.map((op, i) => [op, i]),
);

/** Index within the arithmetic of floats of: a mask as the number 0 or 1. */
export const maskToFloat = 20;

/** Index within the arithmetic of floats of a · b + c, a · b − c and c − a · b. */
export const mulAdd = 21;
export const mulSub = 22;
export const subMul = 23;

/** Elementary functions in the order of the kernel, with rough nanoseconds for one f32 element. */
const elementary: readonly (readonly [UnaryMapOp | BinaryMapOp, number])[] = [
  ["exp", 0.9],
  ["expm1", 1.3],
  ["log", 1.2],
  ["log1p", 1.8],
  ["tanh", 1.5],
  ["sigmoid", 1.3],
  ["softplus", 2.5],
  ["sin", 4],
  ["cos", 4],
  ["tan", 5],
  ["asin", 6],
  ["acos", 6],
  ["atan", 5],
  ["sinh", 5],
  ["cosh", 5],
  ["asinh", 8],
  ["acosh", 8],
  ["atanh", 6],
  ["erf", 3],
  ["erfc", 35],
  ["erfinv", 35],
  ["lgamma", 45],
  ["digamma", 45],
  ["atan2", 6],
  ["pow", 10],
  ["rem", 5],
];

/** Index within the elementary functions. */
export const elementaryOps: ReadonlyMap<MapOp, number> = new Map(
  elementary.map(([op], i) => [op, i]),
);

/** Index within the arithmetic of integers, for signed and for unsigned numbers. */
export const integerOps: Partial<Record<MapOp, readonly [signed: number, unsigned: number]>> = {
  neg: [0, 0],
  abs: [1, -1],
  sign: [2, 3],
  add: [4, 4],
  sub: [5, 5],
  mul: [6, 6],
  div: [7, 8],
  rem: [9, 10],
  max: [11, 12],
  min: [13, 14],
  eq: [15, 15],
  ne: [16, 16],
  lt: [17, 18],
  le: [19, 20],
  shl: [21, 21],
  shr: [22, 23],
  pow: [24, 25],
};

/** Index within the arithmetic of integers of: the low byte, and a mask as 0 or 1. */
export const lowByte = 26;
export const maskToInteger = 27;

/** Functions before this one have lanes of their own in f32; those from `scalar` on have none at all. */
const borrowed = 7;
const scalar = 19;

/** Rough nanoseconds for one element. */
export function costOf(op: number): number {
  const within = op & 31;
  switch (op - within) {
    case group.elementaryF32:
      return elementary[within]?.[1] as number;
    case group.elementaryF64: {
      const cost = elementary[within]?.[1] as number;
      return within < borrowed ? 4 * cost : within < scalar ? 1.3 * cost : cost;
    }
    case group.f64:
      return 0.2;
    case group.conversion:
      return within < 11 ? 0.15 : 1;
    case group.integer:
      return (within >= 7 && within <= 10) || (within >= 21 && within <= 25) ? 1.5 : 0.1;
    default:
      return 0.1;
  }
}

/** The error for an operation that a dtype does not have. */
export const unsupported = (op: MapOp, dtype: DType, why: string): ArgumentError =>
  new ArgumentError(`map: ${op} of ${dtype} ${why}`, { op, dtype });
