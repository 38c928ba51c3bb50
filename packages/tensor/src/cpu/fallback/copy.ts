import type { Heap } from "../heap";
import { elementsOf, offsetAt } from "./axes";
import type { FallbackKernel } from "./kernel";

function copyUnits(suffix: "1" | "4" | "8", heap: Heap, args: number, chunk: number): void {
  const word = (index: number): number => heap.i32[(args >>> 2) + index] as number;
  const elements = elementsOf(heap, suffix);
  const size = Number(suffix);
  const source = word(0) >>> 0 || args + 48;
  const destination = word(1) >>> 0;
  const [units, perChunk, rows, columns] = [word(2), word(3), word(4), word(5)];
  const [rowBlock, columnBlock, fromRow, fromColumn] = [word(6), word(7), word(8), word(9)];
  const [toRow, toColumn] = [word(10) / size, word(11) / size];
  const rowBlocks = Math.ceil(rows / rowBlock);
  const columnBlocks = Math.ceil(columns / columnBlock);
  const end = Math.min((chunk + 1) * perChunk, units);
  for (let unit = chunk * perChunk; unit < end; unit++) {
    const c = (unit % columnBlocks) * columnBlock;
    const r = (Math.floor(unit / columnBlocks) % rowBlocks) * rowBlock;
    const block = Math.floor(unit / columnBlocks / rowBlocks);
    const width = Math.min(columns - c, columnBlock);
    const height = Math.min(rows - r, rowBlock);
    const from = source + offsetAt(heap, args + 56, 2, 0, block) + r * fromRow + c * fromColumn;
    const to =
      (destination + offsetAt(heap, args + 56, 2, 1, block)) / size + r * toRow + c * toColumn;
    for (let i = 0; i < height; i++) {
      const p = (from + i * fromRow) / size;
      const q = to + i * toRow;
      if (fromColumn === size && toColumn === 1) elements.copyWithin(q, p, p + width);
      else if (fromColumn === 0 && toColumn === 1)
        elements.fill(elements[p] as number, q, q + width);
      else {
        const step = fromColumn / size;
        for (let j = 0; j < width; j++)
          elements[q + j * toColumn] = elements[p + j * step] as number;
      }
    }
  }
}

/** Copy kernels in plain JavaScript, named by the bytes of an element. */
export const copyFallback: Record<string, FallbackKernel> = {
  copy_1: (heap, args, chunk) => copyUnits("1", heap, args, chunk),
  copy_4: (heap, args, chunk) => copyUnits("4", heap, args, chunk),
  copy_8: (heap, args, chunk) => copyUnits("8", heap, args, chunk),
};
