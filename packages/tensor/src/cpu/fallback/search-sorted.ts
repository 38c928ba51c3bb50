import type { Heap } from "../heap";
import { offsetAt } from "./axes";
import type { FallbackKernel } from "./kernel";
import { elementsOfCode } from "./sort";

function searchSorted(heap: Heap, args: number, chunk: number): void {
  const word = (index: number): number => heap.i32[(args >>> 2) + index] as number;
  const { elements, size } = elementsOfCode(heap, word(12));
  const [n, m, stride, step] = [word(3), word(4), word(5) / size, word(6) / size];
  const [rows, perChunk, pieces, piece, after] = [word(7), word(8), word(9), word(10), word(11)];
  const begin = Math.floor(chunk / pieces) * perChunk;
  const first = (chunk % pieces) * piece;
  // NaN is larger than everything else.
  const less = (a: number, b: number): boolean => a < b || (Number.isNaN(b) && !Number.isNaN(a));
  for (let row = begin; row < Math.min(begin + perChunk, rows); row++) {
    const sorted = ((word(0) >>> 0) + offsetAt(heap, args + 52, 2, 0, row)) / size;
    const queries = ((word(1) >>> 0) + offsetAt(heap, args + 52, 2, 1, row)) / size;
    const out = (word(2) >>> 2) + row * m;
    for (let i = first; i < Math.min(first + piece, m); i++) {
      const query = elements[queries + i * step] as number;
      let low = 0;
      let high = n;
      while (low < high) {
        const middle = (low + high) >>> 1;
        const value = elements[sorted + middle * stride] as number;
        if (after !== 0 ? !less(query, value) : less(value, query)) low = middle + 1;
        else high = middle;
      }
      heap.i32[out + i] = low;
    }
  }
}

/** Search kernels in plain JavaScript. */
export const searchSortedFallback: Record<string, FallbackKernel> = { search_sorted: searchSorted };
