import type { Heap } from "../heap";

/** Byte offset of operand `operand` at the `index`-th position (last axis fastest) of an axis table. */
export function offsetAt(
  heap: Heap,
  table: number,
  operands: number,
  operand: number,
  index: number,
): number {
  const words = table >>> 2;
  let rest = index;
  let offset = 0;
  for (let axis = (heap.i32[words] as number) - 1; axis >= 0; axis--) {
    const entry = words + 1 + axis * (operands + 1);
    const size = heap.i32[entry] as number;
    offset += (rest % size) * (heap.i32[entry + 1 + operand] as number);
    rest = Math.floor(rest / size);
  }
  return offset;
}

/** The view of the heap in which an element of a kernel `name_<suffix>` is one number. */
export function elementsOf(
  heap: Heap,
  suffix: string,
): Heap["f32"] | Heap["f64"] | Heap["i32"] | Heap["u32"] | Heap["u8"] {
  switch (suffix) {
    case "f32":
      return heap.f32;
    case "f64":
    case "8":
      return heap.f64;
    case "i32":
      return heap.i32;
    case "u32":
    case "4":
      return heap.u32;
    default:
      return heap.u8;
  }
}
