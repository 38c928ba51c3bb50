import type { Heap } from "../heap";
import { elementsOf, offsetAt } from "./axes";
import type { FallbackKernel } from "./kernel";

const gather =
  (size: 1 | 4 | 8): FallbackKernel =>
  (heap, args, chunk) => {
    const word = (index: number): number => heap.i32[(args >>> 2) + index] as number;
    const elements = elementsOf(heap, `${size}`);
    const keys = word(12) === 0 ? heap.u32 : heap.i32;
    const [inner, xInner, indexInner] = [word(5), word(6), word(7)];
    const [columns, xColumn, length, step] = [word(8), word(9) / size, word(10), word(11)];
    const end = Math.min((chunk + 1) * word(4), word(3));
    for (let row = chunk * word(4); row < end; row++) {
      const outer = Math.floor(row / inner);
      const i = row % inner;
      const index = (word(1) >>> 0) + offsetAt(heap, args + 52, 2, 1, outer) + i * indexInner;
      const k = Math.min(Math.max(keys[index >>> 2] as number, 0), length - 1);
      const from = (word(0) >>> 0) + offsetAt(heap, args + 52, 2, 0, outer) + i * xInner + k * step;
      const to = (word(2) >>> 0) / size + row * columns;
      for (let c = 0; c < columns; c++)
        elements[to + c] = elements[from / size + c * xColumn] as number;
    }
  };

const scatterAdd =
  (dtype: "f32" | "f64" | "i32"): FallbackKernel =>
  (heap, args, chunk) => {
    const word = (index: number): number => heap.i32[(args >>> 2) + index] as number;
    const elements = elementsOf(heap, dtype);
    const size = dtype === "f64" ? 8 : 4;
    const [columns, block, step] = [word(5), word(6), word(7) / size];
    const [length, outStep] = [word(8), word(9) / size];
    const blocks = Math.ceil(columns / block);
    const end = Math.min((chunk + 1) * word(4), word(3));
    for (let unit = chunk * word(4); unit < end; unit++) {
      const outer = Math.floor(unit / blocks);
      const c = (unit % blocks) * block;
      const width = Math.min(columns - c, block);
      const offset = (operand: number): number =>
        (word(operand) >>> 0) + offsetAt(heap, args + 64, 3, operand, outer);
      const out = offset(2) / size + c;
      if (word(10) !== 0) {
        for (let k = 0; k < length; k++)
          elements.fill(0, out + k * outStep, out + k * outStep + width);
      }
      addSlices(heap, args, elements, offset(0) / size + c * step, offset(1), out, width);
    }
  };

/** Adds all slices of one unit: `from` and `out` in elements, `indices` a byte address. */
function addSlices(
  heap: Heap,
  args: number,
  elements: ReturnType<typeof elementsOf>,
  from: number,
  indices: number,
  out: number,
  width: number,
): void {
  const word = (index: number): number => heap.i32[(args >>> 2) + index] as number;
  const size = elements.BYTES_PER_ELEMENT;
  const [step, length, outStep] = [word(7) / size, word(8), word(9) / size];
  for (let o = 0; o < word(11); o++) {
    const source = from + offsetAt(heap, args + word(15), 2, 0, o) / size;
    const index = indices + offsetAt(heap, args + word(15), 2, 1, o);
    for (let i = 0; i < word(12); i++) {
      // A negative index is a large unsigned number: out of range as well.
      const k = heap.u32[(index + i * word(14)) >>> 2] as number;
      if (k >= length) continue;
      const to = out + k * outStep;
      const p = source + (i * word(13)) / size;
      for (let c = 0; c < width; c++)
        elements[to + c] = (elements[to + c] as number) + (elements[p + c * step] as number);
    }
  }
}

/** Gather (named by the bytes of an element) and scatter-add kernels in plain JavaScript. */
export const gatherFallback: Record<string, FallbackKernel> = {
  gather_1: gather(1),
  gather_4: gather(4),
  gather_8: gather(8),
  scatterAdd_f32: scatterAdd("f32"),
  scatterAdd_f64: scatterAdd("f64"),
  scatterAdd_i32: scatterAdd("i32"),
};
