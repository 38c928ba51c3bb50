import { threefry2x32 } from "../../internal/threefry";
import type { Heap } from "../heap";
import { offsetAt } from "./axes";
import type { FallbackKernel } from "./kernel";

function randomBits(heap: Heap, args: number, chunk: number): void {
  const word = (index: number): number => heap.i32[(args >>> 2) + index] as number;
  const [words, rows, perChunk, pieces, piece] = [word(2), word(3), word(4), word(5), word(6)];
  const begin = Math.floor(chunk / pieces) * perChunk;
  const first = (chunk % pieces) * piece;
  const last = Math.min(first + piece, words);
  for (let row = begin; row < Math.min(begin + perChunk, rows); row++) {
    const key = ((word(0) >>> 0) + offsetAt(heap, args + 32, 1, 0, row)) / 4;
    const k0 = heap.u32[key] as number;
    const k1 = heap.u32[key + word(7) / 4] as number;
    const out = (word(1) >>> 2) + row * words;
    for (let i = first; i < last; i += 2) {
      const [a, b] = threefry2x32(k0, k1, i / 2, 0);
      heap.u32[out + i] = a;
      if (i + 1 < last) heap.u32[out + i + 1] = b;
    }
  }
}

/** Random-bit kernels in plain JavaScript. */
export const randomBitsFallback: Record<string, FallbackKernel> = { random_bits: randomBits };
