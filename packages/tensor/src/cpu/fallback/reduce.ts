import type { Heap } from "../heap";
import type { FallbackKernel } from "./kernel";
import { prepare } from "./map-block";
import type { Lanes } from "./map-lanes";

const SUM = 0;
const PROD = 1;
const MAX = 2;
const ANY = 4;
const F64 = 1;
const I32 = 2;

/** Joins two results; integers wrap at 32 bits, NaN wins. */
function combine(kind: number, lane: number, a: number, b: number): number {
  if (kind === SUM || kind === PROD) {
    if (lane <= F64) return kind === SUM ? a + b : a * b;
    const x = kind === SUM ? a + b : Math.imul(a, b);
    return lane === I32 ? x | 0 : x >>> 0;
  }
  return kind === MAX || kind === ANY ? Math.max(a, b) : Math.min(a, b);
}

/** The number in a lane: f32, f64, i32, u32, or a mask. */
function laneAt(lanes: Lanes, lane: number, words: number, from: number, index: number): number {
  const at = (from >>> 2) + index * words;
  switch (lane) {
    case 0:
      return lanes.f32[at] as number;
    case F64:
      return lanes.f64[at >>> 1] as number;
    case I32:
      return lanes.i32[at] as number;
    case 3:
      return lanes.u32[at] as number;
    default:
      return (lanes.i32[at] as number) & 1;
  }
}

/** Writes element `index` of the result: f32, f64, i32, u32, u8 or bool. */
function finish(heap: Heap, to: number, dtype: number, index: number, value: number): void {
  const views = [heap.f32, heap.f64, heap.i32, heap.u32, heap.u8, heap.u8] as const;
  const view = views[dtype] as Heap["f32"];
  view[to / view.BYTES_PER_ELEMENT + index] = dtype === 5 ? Number(value !== 0) : value;
}

interface Reduction {
  /** Number `k` of the reduction's words. */
  word(k: number): number;
  readonly identity: number;
}

function reduction(heap: Heap, args: number): Reduction {
  const base = (args + (heap.i32[(args >>> 2) + 14] as number)) >>> 2;
  return {
    word: (k) => heap.u32[base + k] as number,
    identity: heap.f64[(base + 20) >>> 1] as number,
  };
}

const reduceRows: FallbackKernel = (heap, args, chunk) => {
  const { lanes, word, place, run } = prepare(heap, args);
  const { word: of, identity } = reduction(heap, args);
  const words = word(3) === 3 ? 2 : 1;
  const fold = (first: number, count: number, start: number): number => {
    let result = start;
    for (let i = first; i < first + count; i++)
      result = combine(of(0), of(1), result, laneAt(lanes, of(1), words, place(of(4)), i));
    return result;
  };
  const length = of(5);
  const rows = of(10);
  const last = Math.min((chunk + 1) * of(9), of(8));
  for (let unit = chunk * of(9); unit < last; unit++) {
    if (rows > 1) {
      const total = Math.min(rows, (word(0) >>> 0) / length - unit * rows);
      run(unit * rows * length, total * length);
      for (let r = 0; r < total; r++)
        finish(heap, of(2), of(3), unit * rows + r, fold(r * length, length, identity));
      continue;
    }
    const row = Math.floor(unit / of(6));
    const begin = (unit % of(6)) * of(7);
    const end = Math.min(begin + of(7), length);
    let result = identity;
    for (let at = begin; at < end; at += word(2)) {
      const count = Math.min(word(2), end - at);
      run(row * length + at, count);
      result = fold(0, count, result);
    }
    finish(heap, of(2), of(3), unit, result);
  }
};

const reduceColumns: FallbackKernel = (heap, args, chunk) => {
  const { lanes, word, place, run } = prepare(heap, args);
  const { word: of, identity } = reduction(heap, args);
  const words = word(3) === 3 ? 2 : 1;
  const [length, parts, columns, segment] = [of(5), of(6), of(11), of(12)];
  const segments = Math.ceil(columns / segment);
  const outers = of(8) / parts / segments;
  const totals = of(16) / 8;
  const last = Math.min((chunk + 1) * of(9), of(8));
  for (let unit = chunk * of(9); unit < last; unit++) {
    const part = unit % parts;
    const rest = Math.floor(unit / parts);
    const outer = Math.floor(rest / segments);
    const column = (rest % segments) * segment;
    const width = Math.min(segment, columns - column);
    lanes.f64.fill(identity, totals, totals + width);
    const end = Math.min((part + 1) * of(7), length);
    for (let row = part * of(7); row < end; row += of(10)) {
      const count = Math.min(of(10), end - row) * width;
      const first = (outer * length + row) * columns + column;
      for (let c = 0; c < count; c += word(2)) {
        const some = Math.min(word(2), count - c);
        run(first + c, some);
        for (let i = 0; i < some; i++) {
          const at = totals + ((c + i) % width);
          const value = laneAt(lanes, of(1), words, place(of(4)), i);
          lanes.f64[at] = combine(of(0), of(1), lanes.f64[at] as number, value);
        }
      }
    }
    const first = (part * outers + outer) * columns + column;
    for (let c = 0; c < width; c++)
      finish(heap, of(2), of(3), first + c, lanes.f64[totals + c] as number);
  }
};

const reduceCombine: FallbackKernel = (heap, args, chunk) => {
  const of = (k: number): number => heap.u32[(args >>> 2) + k] as number;
  const end = Math.min((chunk + 1) * of(6), of(5));
  for (let item = chunk * of(6); item < end; item++) {
    let result = heap.f64[(args + 40) >>> 3] as number;
    for (let part = 0; part < of(7); part++) {
      const from = of(0) + item * of(8) + part * of(9);
      result = combine(of(3), of(4), result, heap.f64[from / 8] as number);
    }
    finish(heap, of(1), of(2), item, result);
  }
};

/** The kernels of reductions in plain JavaScript. */
export const reduceFallback: Readonly<Record<string, FallbackKernel>> = {
  reduce_rows: reduceRows,
  reduce_columns: reduceColumns,
  reduce_combine: reduceCombine,
};
