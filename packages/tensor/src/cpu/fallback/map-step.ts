import type { Heap } from "../heap";
import type { Lanes } from "./map-lanes";
import {
  arithmetic,
  bitwise,
  comparisons,
  conversions,
  elementary,
  type Function2,
  integer,
} from "./map-tables";

/**
 * One operation over `count` lanes; all addresses are offsets in `m`.
 *
 * @param words - words of one lane: 1 or 2
 */
function step(
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
