import type { Heap } from "../heap";
import { offsetAt } from "./axes";
import type { FallbackKernel } from "./kernel";

// Argument words as in assembly/gemm.ts.
const tableWord = 23;

type Elements = "f32" | "f64";

/** A unit is a block of rows and columns of c in one slice of one batch; b is read where it lies. */
function multiply(elements: Elements, heap: Heap, args: number, chunk: number): void {
  const memory = heap[elements];
  const size = memory.BYTES_PER_ELEMENT;
  const word = (i: number): number => heap.i32[(args >>> 2) + i] as number;
  const [m, n, k] = [word(3), word(4), word(5)];
  const [aRow, aInner, bInner, bColumn] = [word(6), word(7), word(8), word(9)].map(
    (bytes) => bytes / size,
  ) as [number, number, number, number];
  const [cRow, cColumn, cBatch] = [word(10) / size, word(11) / size, word(12) / size];
  const [perChunk, unitRows, unitColumns, slice] = [word(14), word(15), word(16), word(18)];
  const rowBlocks = Math.ceil(m / unitRows);
  const columnBlocks = Math.ceil(n / unitColumns);
  const slices = Math.ceil(k / slice);
  const table = args + tableWord * 4;
  const end = Math.min((chunk + 1) * perChunk, word(13));
  for (let unit = chunk * perChunk; unit < end; unit++) {
    const top = (unit % rowBlocks) * unitRows;
    const left = (Math.floor(unit / rowBlocks) % columnBlocks) * unitColumns;
    const rest = Math.floor(unit / rowBlocks / columnBlocks);
    const s = rest % slices;
    const batch = word(22) + Math.floor(rest / slices);
    const a = ((word(0) >>> 0) + offsetAt(heap, table, 2, 0, batch)) / size;
    const b = ((word(1) >>> 0) + offsetAt(heap, table, 2, 1, batch)) / size;
    const c = (word(2) >>> 0) / size + (s * word(19) + batch) * cBatch;
    const right = Math.min(left + unitColumns, n);
    const stop = Math.min((s + 1) * slice, k);
    for (let i = top; i < Math.min(top + unitRows, m); i++) {
      const to = c + i * cRow;
      for (let j = left; j < right; j++) memory[to + j * cColumn] = 0;
      for (let p = s * slice; p < stop; p++) {
        const x = memory[a + i * aRow + p * aInner] as number;
        const from = b + p * bInner;
        for (let j = left; j < right; j++) {
          const at = to + j * cColumn;
          memory[at] = (memory[at] as number) + x * (memory[from + j * bColumn] as number);
        }
      }
    }
  }
}

/** Sums of the slices' partial results. */
function combine(elements: Elements, heap: Heap, args: number, chunk: number): void {
  const memory = heap[elements];
  const size = memory.BYTES_PER_ELEMENT;
  const word = (i: number): number => heap.i32[(args >>> 2) + i] as number;
  const [from, to] = [(word(0) >>> 0) / size, (word(1) >>> 0) / size];
  const [count, slices, perChunk] = [word(2), word(3), word(4)];
  const end = Math.min((chunk + 1) * perChunk, count);
  for (let i = chunk * perChunk; i < end; i++) {
    let sum = 0;
    for (let s = 0; s < slices; s++) sum += memory[from + s * count + i] as number;
    memory[to + i] = sum;
  }
}

/** Integers: a unit is one row of c; wrapping arithmetic serves i32 and u32 alike. */
function multiplyIntegers(heap: Heap, args: number, chunk: number): void {
  const memory = heap.i32;
  const word = (i: number): number => heap.i32[(args >>> 2) + i] as number;
  const [m, n, k, perChunk] = [word(3), word(4), word(5), word(14)];
  const end = Math.min((chunk + 1) * perChunk, word(13));
  for (let unit = chunk * perChunk; unit < end; unit++) {
    const batch = Math.floor(unit / m);
    const table = args + tableWord * 4;
    const a = (word(0) >>> 0) + offsetAt(heap, table, 2, 0, batch) + (unit % m) * word(6);
    const b = (word(1) >>> 0) + offsetAt(heap, table, 2, 1, batch);
    const c = (word(2) >>> 2) + unit * n;
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) {
        const x = memory[(a + p * word(7)) / 4] as number;
        sum = (sum + Math.imul(x, memory[(b + p * word(8) + j * word(9)) / 4] as number)) | 0;
      }
      memory[c + j] = sum;
    }
  }
}

/** Matrix-product kernels in plain JavaScript. */
export const gemmFallback: Record<string, FallbackKernel> = {
  dot_i32: multiplyIntegers,
  // Nothing reads a packed b here.
  dot_pack_f32: () => undefined,
  dot_pack_f64: () => undefined,
  dot_tiles_f32: (heap, args, chunk) => multiply("f32", heap, args, chunk),
  dot_tiles_f64: (heap, args, chunk) => multiply("f64", heap, args, chunk),
  dot_rows_f32: (heap, args, chunk) => multiply("f32", heap, args, chunk),
  dot_rows_f64: (heap, args, chunk) => multiply("f64", heap, args, chunk),
  dot_columns_f32: (heap, args, chunk) => multiply("f32", heap, args, chunk),
  dot_columns_f64: (heap, args, chunk) => multiply("f64", heap, args, chunk),
  dot_combine_f32: (heap, args, chunk) => combine("f32", heap, args, chunk),
  dot_combine_f64: (heap, args, chunk) => combine("f64", heap, args, chunk),
};
