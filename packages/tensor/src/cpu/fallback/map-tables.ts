import type { Lanes } from "./map-lanes";
import {
  digamma,
  erf,
  erfc,
  erfinv,
  integerPower,
  lgamma,
  power,
  roundHalfEven,
  sigmoid,
  softplus,
} from "./special";

/** A number from two; unary functions ignore the second. */
export type Function2 = (x: number, y: number) => number;

const larger: Function2 = (x, y) => (x < y || Number.isNaN(y) ? y : x);
const smaller: Function2 = (x, y) => (y < x || Number.isNaN(y) ? y : x);

/** Groups 2 and 3: numbers from numbers. */
export const arithmetic: readonly Function2[] = [
  (x) => -x,
  Math.abs,
  (x) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : x),
  Math.floor,
  Math.ceil,
  roundHalfEven,
  Math.trunc,
  Math.sqrt,
  (x) => 1 / x,
  () => 0,
  (x, y) => x + y,
  (x, y) => x - y,
  (x, y) => x * y,
  (x, y) => x / y,
  larger,
  smaller,
];

/** Groups 2 and 3: masks from numbers, by operation. */
export const comparisons: Readonly<Record<number, (x: number, y: number) => boolean>> = {
  9: (x) => Number.isFinite(x),
  16: (x, y) => x === y,
  17: (x, y) => x !== y,
  18: (x, y) => x < y,
  19: (x, y) => x <= y,
};

/** Groups 4 and 5. */
export const elementary: readonly Function2[] = [
  Math.exp,
  Math.expm1,
  Math.log,
  Math.log1p,
  Math.tanh,
  sigmoid,
  softplus,
  Math.sin,
  Math.cos,
  Math.tan,
  Math.asin,
  Math.acos,
  Math.atan,
  Math.sinh,
  Math.cosh,
  Math.asinh,
  Math.acosh,
  Math.atanh,
  erf,
  erfc,
  erfinv,
  lgamma,
  digamma,
  Math.atan2,
  power,
  (x, y) => x % y,
];

const divide: Function2 = (x, y) => (y === 0 ? 0 : Math.trunc(x / y));
const remainder: Function2 = (x, y) => (y === 0 ? 0 : x % y);

/** Group 6: true where the operands are unsigned. */
export const integer: readonly (readonly [Function2, boolean])[] = [
  [(x) => -x, false],
  [Math.abs, false],
  [Math.sign, false],
  [Math.sign, true],
  [(x, y) => x + y, false],
  [(x, y) => x - y, false],
  [Math.imul, false],
  [divide, false],
  [divide, true],
  [remainder, false],
  [remainder, true],
  [larger, false],
  [larger, true],
  [smaller, false],
  [smaller, true],
  [(x, y) => -(x === y), false],
  [(x, y) => -(x !== y), false],
  [(x, y) => -(x < y), false],
  [(x, y) => -(x < y), true],
  [(x, y) => -(x <= y), false],
  [(x, y) => -(x <= y), true],
  [(x, y) => (y > 31 ? 0 : x << y), true],
  [(x, y) => x >> (y >>> 0 > 31 ? 31 : y), false],
  [(x, y) => (y > 31 ? 0 : x >>> y), true],
  [integerPower, false],
  [integerPower, true],
  [(x) => x & 255, false],
  [(x) => x & 1, false],
];

/** Group 0, on 32-bit words. */
export const bitwise: readonly ((x: number, y: number, z: number) => number)[] = [
  (x) => x,
  (x) => ~x,
  (x, y) => x & y,
  (x, y) => x | y,
  (x, y) => x ^ y,
  (x, y) => x & ~y,
  (mask, x, y) => (mask & x) | (~mask & y),
];

const clamp = (low: number, high: number): Function2 => {
  return (x) => (x > low ? Math.min(Math.trunc(x), high) : x <= low ? low : 0);
};
const toI32 = clamp(-(2 ** 31), 2 ** 31 - 1);
const toU32 = clamp(0, 2 ** 32 - 1);
const toU8 = clamp(0, 255);
const same: Function2 = (x) => x;
const wrap8: Function2 = (x) => x & 255;
const bit: Function2 = (x) => x & 1;
const mask: Function2 = (x) => -(x !== 0);

/** Group 7: the array read, the array written, and what happens to each element. */
export const conversions: readonly (readonly [keyof Lanes, keyof Lanes, Function2])[] = [
  ["f32", "i32", toI32],
  ["f32", "u32", toU32],
  ["f32", "u32", toU8],
  ["i32", "f32", same],
  ["u32", "f32", same],
  ["u8", "u32", same],
  ["u8", "i32", mask],
  ["f64", "f32", same],
  ["u32", "u8", wrap8],
  ["u32", "u8", bit],
  ["f32", "f64", same],
  ["f64", "f64", toI32],
  ["f64", "f64", toU32],
  ["f64", "f64", toU8],
  ["f64", "f64", Math.fround],
  ["f64", "f64", (x) => ((x % 256) + 256) % 256],
  ["f64", "f64", (x) => x >>> 0],
  ["f64", "f64", (x) => x | 0],
  ["f32", "f64", same],
  ["i32", "f64", same],
  ["u32", "f64", same],
  ["u8", "f64", same],
  ["u8", "i32", mask],
  ["f64", "f32", same],
  ["f64", "i32", toI32],
  ["f64", "u32", toU32],
  ["f64", "u8", toU32],
  ["i32", "u8", bit],
];
