import type { TypedArray } from "../../dtype";
import type { Heap } from "../heap";
import { offsetAt } from "./axes";
import type { FallbackKernel } from "./kernel";

/** The view of the heap and the bytes of an element for a dtype code of an argument block. */
export function elementsOfCode(heap: Heap, code: number): { elements: TypedArray; size: number } {
  const elements = [heap.f32, heap.f64, heap.i32, heap.u32, heap.u8, heap.u8][code] as TypedArray;
  return { elements, size: elements.BYTES_PER_ELEMENT };
}

/** Positions of `n` elements from `first` on, in stable order; NaN is larger than everything else. */
function order(elements: TypedArray, first: number, n: number, descending: boolean): Uint32Array {
  const row = elements.slice(first, first + n);
  const sign = descending ? -1 : 1;
  const compare = (i: number, j: number): number => {
    const a = row[i] as number;
    const b = row[j] as number;
    if (a < b) return -sign;
    if (a > b) return sign;
    const nans = Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return nans !== 0 ? sign * nans : i - j;
  };
  return Uint32Array.from({ length: n }, (_, i) => i).sort(compare);
}

function sortOneRow(heap: Heap, args: number, row: number): void {
  const word = (index: number): number => heap.u32[(args >>> 2) + index] as number;
  const { elements, size } = elementsOfCode(heap, word(7));
  const [values, positions, n, take] = [word(1), word(2), word(3), word(4)];
  const first = (word(0) + offsetAt(heap, args + 44, 1, 0, row)) / size;
  const sorted = order(elements, first, n, word(8) !== 0).subarray(0, take);
  if (values !== 0) {
    const to = values / size + row * take;
    const source = elements.slice(first, first + n);
    sorted.forEach((position, i) => {
      elements[to + i] = source[position] as number;
    });
  }
  if (positions !== 0) heap.u32.set(sorted, (positions >>> 2) + row * take);
}

function sortRows(heap: Heap, args: number, chunk: number): void {
  const perChunk = heap.i32[(args >>> 2) + 6] as number;
  const end = Math.min((chunk + 1) * perChunk, heap.i32[(args >>> 2) + 5] as number);
  for (let row = chunk * perChunk; row < end; row++) sortOneRow(heap, args, row);
}

// Long rows are sorted whole, at the last step and in their first block.
function sortEnd(heap: Heap, args: number, chunk: number): void {
  const blocks = heap.i32[(args >>> 2) + 6] as number;
  if (chunk % blocks === 0) sortOneRow(heap, args, chunk / blocks);
}

function topK(heap: Heap, args: number, chunk: number): void {
  const word = (index: number): number => heap.u32[(args >>> 2) + index] as number;
  const { elements, size } = elementsOfCode(heap, word(7));
  const [n, k, perChunk, blocks, names] = [word(3), word(4), word(6), word(8), word(9)];
  const end = Math.min((chunk + 1) * perChunk, word(5));
  for (let job = chunk * perChunk; job < end; job++) {
    const row = Math.floor(job / blocks);
    const start = Math.floor((n * (job % blocks)) / blocks);
    const stop = Math.floor((n * ((job % blocks) + 1)) / blocks);
    const first = (word(0) + offsetAt(heap, args + 40, 1, 0, row)) / size + start;
    order(elements, first, stop - start, true)
      .subarray(0, k)
      .forEach((position, i) => {
        const name = (names >>> 2) + row * n + start + position;
        elements[word(1) / size + job * k + i] = elements[first + position] as number;
        heap.u32[(word(2) >>> 2) + job * k + i] =
          names === 0 ? start + position : (heap.u32[name] as number);
      });
  }
}

const nothing: FallbackKernel = () => {};

/** Sorting kernels in plain JavaScript. */
export const sortFallback: Record<string, FallbackKernel> = {
  sort_rows: sortRows,
  sort_begin: nothing,
  sort_count: nothing,
  sort_move: nothing,
  sort_end: sortEnd,
  sort_zeros: nothing,
  top_k: topK,
};
