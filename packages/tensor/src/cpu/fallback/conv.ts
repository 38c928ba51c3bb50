import type { Heap } from "../heap";
import { elementsOf } from "./axes";
import type { FallbackKernel } from "./kernel";

type Floats = Heap["f32"] | Heap["f64"];

/** A loop nest of four levels over two strided operands, in elements. */
interface Loops {
  readonly lengths: readonly number[];
  readonly first: readonly number[];
  readonly second: readonly number[];
  readonly firstBase: number;
  readonly secondBase: number;
}

/** The loops over taps (x and w) and over output positions (x and out) of one phase. */
function loopsOf(
  word: (index: number) => number,
  phase: number,
  size: number,
): { taps: Loops; positions: Loops } {
  const lengths = [word(16)];
  const x = [word(17) / size];
  const w = [word(18) / size];
  const places = [word(19)];
  const xPlaces = [word(20) / size];
  const out = [word(21) / size];
  let [rest, xBase, wBase, outBase] = [phase, 0, 0, 0];
  for (let axis = 2; axis >= 0; axis--) {
    const entry = (i: number): number => word(36 + axis * 12 + i);
    const [stride, dilation, holes, window] = [entry(0), entry(1), entry(2), entry(4)];
    const [phases, step] = [entry(10), entry(11)];
    const [xStride, wStride, outStride] = [entry(6) / size, entry(7) / size, entry(8) / size];
    const offset = rest % phases;
    rest = Math.floor(rest / phases);
    const start = offset * stride - entry(3);
    let tap = 0;
    while (tap < step && (start + tap * dilation) % holes !== 0) tap++;
    lengths[axis + 1] = tap < Math.min(step, window) ? Math.ceil((window - tap) / step) : 0;
    x[axis + 1] = ((step * dilation) / holes) * xStride;
    w[axis + 1] = step * wStride;
    places[axis + 1] = Math.ceil((entry(5) - offset) / phases);
    xPlaces[axis + 1] = ((stride * phases) / holes) * xStride;
    out[axis + 1] = phases * outStride;
    xBase += ((start + tap * dilation) / holes - entry(9)) * xStride;
    wBase += tap * wStride;
    outBase += offset * outStride;
  }
  return {
    taps: { lengths, first: x, second: w, firstBase: 0, secondBase: wBase },
    positions: {
      lengths: places,
      first: xPlaces,
      second: out,
      firstBase: xBase,
      secondBase: outBase,
    },
  };
}

/** Offsets of both operands at `count` steps of a loop nest from step `start`, as pairs. */
function walk(loops: Loops, start: number, count: number): Int32Array {
  const table = new Int32Array(2 * Math.max(0, count));
  for (let i = 0; i < count; i++) {
    let rest = start + i;
    let [a, b] = [loops.firstBase, loops.secondBase];
    for (let level = 3; level >= 0; level--) {
      const length = loops.lengths[level] as number;
      a += (rest % length) * (loops.first[level] as number);
      b += (rest % length) * (loops.second[level] as number);
      rest = Math.floor(rest / length);
    }
    table[2 * i] = a;
    table[2 * i + 1] = b;
  }
  return table;
}

const total = (loops: Loops): number => loops.lengths.reduce((n, length) => n * length, 1);

/** The whole sums of a chunk's positions and blocks; chunks of further taps have nothing left to do. */
function convChunk(heap: Heap, args: number, chunk: number, dtype: "f32" | "f64"): void {
  const word = (index: number): number => heap.i32[(args >>> 2) + index] as number;
  const floats = elementsOf(heap, dtype) as Floats;
  const size = floats.BYTES_PER_ELEMENT;
  const at = (index: number): number => (word(index) >>> 0) / size;
  const step = (index: number): number => word(index) / size;
  const block = (chunk % word(25)) * word(26);
  let rest = Math.floor(chunk / word(25));
  const start = (rest % word(23)) * word(24);
  rest = Math.floor(rest / word(23));
  const { taps, positions } = loopsOf(word, rest % word(22), size);
  rest = Math.floor(rest / word(22));
  const group = rest % word(5);
  if (rest >= word(5)) return;
  const lanes = 32 / size;
  const tapTable = walk(taps, 0, total(taps));
  const table = walk(positions, start, Math.min(word(24), total(positions) - start));
  for (let b = block; b < Math.min(word(9), block + word(26)); b++) {
    const exist = Math.min(lanes, word(12) - (word(15) ? group : b) * lanes);
    for (let lane = 0; lane < exist; lane++) {
      const w = at(1) + group * step(7) + b * step(10) + lane * step(13);
      const out = at(2) + group * step(8) + b * step(11) + lane * step(14);
      // Where lanes run over groups, the input holds each group's elements a vector apart.
      const x = at(0) + group * step(6) + (word(15) ? lane : 0);
      for (let i = 0; i < table.length; i += 2) {
        const origin = x + (table[i] as number);
        let sum = 0;
        for (let t = 0; t < tapTable.length; t += 2) {
          sum +=
            (floats[origin + (tapTable[t] as number)] as number) *
            (floats[w + (tapTable[t + 1] as number)] as number);
        }
        floats[out + (table[i + 1] as number)] = sum;
      }
    }
  }
}

/** Copies the input with its padding. */
function padRows(heap: Heap, args: number, chunk: number, dtype: "f32" | "f64"): void {
  const word = (index: number): number => heap.i32[(args >>> 2) + index] as number;
  const floats = elementsOf(heap, dtype) as Floats;
  const size = floats.BYTES_PER_ELEMENT;
  const [from, to] = [(word(0) >>> 0) / size, (word(1) >>> 0) / size];
  const step = (index: number): number => word(index) / size;
  const lanes = word(4);
  const end = Math.min(word(2), (chunk + 1) * word(3));
  const rows = word(16);
  for (let row = chunk * word(3) * rows; row < end * rows; row++) {
    const h = (row % word(16)) + word(18);
    let rest = Math.floor(row / word(16));
    const d = (rest % word(12)) + word(14);
    rest = Math.floor(rest / word(12));
    const c = rest % word(10);
    rest = Math.floor(rest / word(10));
    const n = rest % word(8);
    const vector = Math.floor(rest / word(8));
    const inside = h >= 0 && h < word(17) && d >= 0 && d < word(13);
    const source =
      from + vector * step(7) + n * step(9) + c * step(11) + d * step(15) + h * step(19);
    for (let i = 0; i < word(20); i++) {
      const at = word(22) + i;
      for (let lane = 0; lane < lanes; lane++) {
        const exists = inside && at >= 0 && at < word(21) && vector * lanes + lane < word(5);
        floats[to + (row * word(20) + i) * lanes + lane] = exists
          ? (floats[source + at * step(23) + lane * step(6)] as number)
          : 0;
      }
    }
  }
}

const nothing: FallbackKernel = () => {};

/** Convolution kernels in plain JavaScript; weights need no packing, and sums no adding up. */
export const convFallback: Record<string, FallbackKernel> = {
  convPad_f32: (heap, args, chunk) => padRows(heap, args, chunk, "f32"),
  convPad_f64: (heap, args, chunk) => padRows(heap, args, chunk, "f64"),
  convPack_f32: nothing,
  convPack_f64: nothing,
  conv_f32: (heap, args, chunk) => convChunk(heap, args, chunk, "f32"),
  conv_f64: (heap, args, chunk) => convChunk(heap, args, chunk, "f64"),
  convReduce_f32: nothing,
  convReduce_f64: nothing,
};
