import type { Heap } from "../heap";
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

type Function2 = (x: number, y: number) => number;

const larger: Function2 = (x, y) => (x < y || Number.isNaN(y) ? y : x);
const smaller: Function2 = (x, y) => (y < x || Number.isNaN(y) ? y : x);

/** Groups 2 and 3: numbers from numbers. */
const arithmetic: readonly Function2[] = [
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
const comparisons: Readonly<Record<number, (x: number, y: number) => boolean>> = {
  9: (x) => Number.isFinite(x),
  16: (x, y) => x === y,
  17: (x, y) => x !== y,
  18: (x, y) => x < y,
  19: (x, y) => x <= y,
};

/** Groups 4 and 5. */
const elementary: readonly Function2[] = [
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
const integer: readonly (readonly [Function2, boolean])[] = [
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
const bitwise: readonly ((x: number, y: number, z: number) => number)[] = [
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
const conversions: readonly (readonly [keyof Lanes, keyof Lanes, Function2])[] = [
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

/**
 * One operation over `count` lanes; all addresses are offsets in `m`.
 *
 * @param words - words of one lane: 1 or 2
 */
export function step(
  m: Lanes,
  op: number,
  d: number,
  a: number,
  b: number,
  c: number,
  count: number,
  words: number,
): void {
  const within = op & 31;
  switch (op >> 5) {
    case 0: {
      const f = bitwise[within] as (x: number, y: number, z: number) => number;
      const { i32 } = m;
      const [to, x, y, z] = [d >>> 2, a >>> 2, b >>> 2, c >>> 2];
      for (let i = 0; i < count * words; i++)
        i32[to + i] = f(i32[x + i] as number, i32[y + i] as number, i32[z + i] as number);
      return;
    }
    case 2:
    case 3:
      floating(m, within, d, a, b, c, count, words);
      return;
    case 4:
    case 5:
      apply(elementary[within] as Function2, words === 2 ? m.f64 : m.f32, d, a, b, count);
      return;
    case 6: {
      const [f, unsigned] = integer[within] as readonly [Function2, boolean];
      apply(f, unsigned ? m.u32 : m.i32, d, a, b, count);
      return;
    }
    default:
      convert(m, within, d, a, count);
  }
}

function apply(
  f: Function2,
  lanes: Float32Array | Float64Array | Int32Array | Uint32Array,
  d: number,
  a: number,
  b: number,
  count: number,
): void {
  const size = lanes.BYTES_PER_ELEMENT;
  for (let i = 0; i < count; i++)
    lanes[d / size + i] = f(lanes[a / size + i] as number, lanes[b / size + i] as number);
}

const MASK_TO_NUMBER = 20;
const MUL_ADD = 21;

function floating(
  m: Lanes,
  within: number,
  d: number,
  a: number,
  b: number,
  c: number,
  count: number,
  words: number,
): void {
  const lanes = words === 2 ? m.f64 : m.f32;
  const size = words * 4;
  if (within >= MUL_ADD) {
    // The product is rounded before it is used.
    const round = words === 2 ? Number : Math.fround;
    for (let i = 0; i < count; i++) {
      const product = round((lanes[a / size + i] as number) * (lanes[b / size + i] as number));
      const z = lanes[c / size + i] as number;
      lanes[d / size + i] =
        within === MUL_ADD ? product + z : within === MUL_ADD + 1 ? product - z : z - product;
    }
    return;
  }
  if (within === MASK_TO_NUMBER) {
    for (let i = 0; i < count; i++)
      lanes[d / size + i] = (m.i32[(a >>> 2) + i * words] as number) & 1;
    return;
  }
  const compare = comparisons[within];
  if (compare === undefined) {
    apply(arithmetic[within] as Function2, lanes, d, a, b, count);
    return;
  }
  for (let i = 0; i < count; i++) {
    const holds = -compare(lanes[a / size + i] as number, lanes[b / size + i] as number);
    const at = (d >>> 2) + i * words;
    m.i32[at] = holds;
    if (words === 2) m.i32[at + 1] = holds;
  }
}

const LOAD_MASK_8 = 22;
const STORE_MASK_8 = 27;

function convert(m: Lanes, within: number, d: number, a: number, count: number): void {
  const [from, to, f] = conversions[within] as readonly [keyof Lanes, keyof Lanes, Function2];
  const source = m[from];
  const target = m[to];
  const first = a / source.BYTES_PER_ELEMENT;
  const last = d / target.BYTES_PER_ELEMENT;
  // A mask of 8-byte lanes is two words.
  const fromStep = within === STORE_MASK_8 ? 2 : 1;
  const copies = within === LOAD_MASK_8 ? 2 : 1;
  for (let i = 0; i < count; i++) {
    const value = f(source[first + i * fromStep] as number, 0);
    for (let k = 0; k < copies; k++) target[last + i * copies + k] = value;
  }
}

/** Runs the instructions in words [code, end) of the heap over `count` lanes; see `execute` of the kernels. */
export function execute(
  heap: Heap,
  m: Lanes,
  places: number,
  code: number,
  end: number,
  count: number,
  words: number,
): void {
  const word = (k: number): number => heap.i32[k] as number;
  const place = (k: number): number => word(places + (word(k) >>> 2));
  for (let at = code; at < end; at += 5) {
    const op = word(at);
    const [d, a, b, c] = [at + 1, at + 2, at + 3, at + 4] as const;
    if (op >> 5 === 1)
      immediate(heap, m, op & 31, place(d), place(a), word(b), word(c), count * words);
    else step(m, op, place(d), place(a), place(b), place(c), count, words);
  }
}

/** Group 1: `n` words of a constant, of a register's first 8 bytes, or of an element of the heap. */
function immediate(
  heap: Heap,
  m: Lanes,
  op: number,
  d: number,
  a: number,
  b: number,
  c: number,
  n: number,
): void {
  const to = d >>> 2;
  const from = b >>> 0;
  if (op === 0) {
    for (let i = 0; i < n; i++) m.i32[to + i] = i % 2 === 0 ? b : c;
  } else if (op === 1) {
    for (let i = 0; i < b >>> 2; i++) m.i32[to + i] = m.i32[(a >>> 2) + (i % 2)] as number;
  } else if (op === 2) {
    m.u8.fill(heap.u8[from] as number, d, d + 4 * n);
  } else {
    const last = op === 4 ? 1 : 0;
    for (let i = 0; i < n; i++)
      m.i32[to + i] = heap.i32[(from >>> 2) + ((i & last) as number)] as number;
  }
}
