import { elementsOf, offsetAt } from "./axes";
import type { FallbackKernel } from "./kernel";

const argReduce =
  (suffix: "f32" | "f64" | "i32" | "u32" | "u8"): FallbackKernel =>
  (heap, args, chunk) => {
    const word = (index: number): number => heap.i32[(args >>> 2) + index] as number;
    const elements = elementsOf(heap, suffix);
    const size = elements.BYTES_PER_ELEMENT;
    const [length, step, columns, block] = [word(4), word(5) / size, word(6), word(7)];
    const [outColumn, least] = [word(8) >> 2, word(9) === 1];
    const blocks = Math.ceil(columns / block);
    const end = Math.min((chunk + 1) * word(3), word(2));
    for (let unit = chunk * word(3); unit < end; unit++) {
      const outer = Math.floor(unit / blocks);
      const first = (unit % blocks) * block;
      const x = ((word(0) >>> 0) + offsetAt(heap, args + 40, 2, 0, outer)) / size;
      const out = ((word(1) >>> 0) + offsetAt(heap, args + 40, 2, 1, outer)) >>> 2;
      for (let c = first; c < Math.min(columns, first + block); c++) {
        const from = x + c;
        let best = elements[from] as number;
        let index = 0;
        for (let i = 1; i < length && !Number.isNaN(best); i++) {
          const v = elements[from + i * step] as number;
          // Written with "not" so that NaN is taken.
          if (!(least ? v >= best : v <= best)) {
            best = v;
            index = i;
          }
        }
        heap.i32[out + c * outColumn] = index;
      }
    }
  };

/** Kernels for the place of the greatest or least element, in plain JavaScript. */
export const argReduceFallback: Record<string, FallbackKernel> = {
  argReduce_f32: argReduce("f32"),
  argReduce_f64: argReduce("f64"),
  argReduce_i32: argReduce("i32"),
  argReduce_u32: argReduce("u32"),
  argReduce_u8: argReduce("u8"),
};
