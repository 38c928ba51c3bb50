import { elementsOf, offsetAt } from "./axes";
import type { FallbackKernel } from "./kernel";

type Suffix = "f32" | "f64" | "i32" | "u32";

/** What a number becomes when it is held in a register of the dtype. */
const held: Record<Suffix, (value: number) => number> = {
  f32: Math.fround,
  f64: (value) => value,
  i32: (value) => value | 0,
  u32: (value) => value >>> 0,
};

const scan =
  (suffix: Suffix, accumulator: Suffix): FallbackKernel =>
  (heap, args, chunk) => {
    const word = (index: number): number => heap.i32[(args >>> 2) + index] as number;
    const elements = elementsOf(heap, suffix);
    const size = elements.BYTES_PER_ELEMENT;
    const round = held[accumulator];
    const multiply =
      suffix === "i32" || suffix === "u32" ? Math.imul : (a: number, b: number) => a * b;
    const [length, step, factorStep, outStep] = [
      word(5),
      word(6) / size,
      word(7) / size,
      word(8) / size,
    ];
    const [columns, block] = [word(9), word(10)];
    const operation = word(14);
    const blocks = Math.ceil(columns / block);
    const end = Math.min((chunk + 1) * word(4), word(3));
    for (let unit = chunk * word(4); unit < end; unit++) {
      const outer = Math.floor(unit / blocks);
      const first = (unit % blocks) * block;
      const start = (operand: number): number =>
        ((word(operand) >>> 0) + offsetAt(heap, args + 60, 3, operand, outer)) / size;
      for (let c = first; c < Math.min(columns, first + block); c++) {
        let from = start(0) + (c * word(11)) / size;
        let factor = start(1) + (c * word(12)) / size;
        let to = start(2) + (c * word(13)) / size;
        let y = elements[from] as number;
        elements[to] = y;
        for (let i = 1; i < length; i++) {
          from += step;
          factor += factorStep;
          to += outStep;
          const x = elements[from] as number;
          if (operation === 0) y = round(y + x);
          else if (operation === 1) y = round(multiply(y, x));
          else if (operation === 2) y = Math.max(y, x);
          else if (operation === 3) y = Math.min(y, x);
          else y = round(round((elements[factor] as number) * y) + x);
          elements[to] = y;
        }
      }
    }
  };

/** Scan kernels in plain JavaScript. */
export const cumulativeFallback: Record<string, FallbackKernel> = {
  scanSum_f32: scan("f32", "f64"),
  scan_f32: scan("f32", "f32"),
  scan_f64: scan("f64", "f64"),
  scan_i32: scan("i32", "i32"),
  scan_u32: scan("u32", "u32"),
};
