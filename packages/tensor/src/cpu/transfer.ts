import { allocate, bytesOf, type DType, type TypedArray } from "../dtype";
import type { Aval } from "../internal/primitive";
import { sizeOf } from "../shape";
import type { Concrete } from "../tensor";
import type { Heap } from "./heap";

/** The typed-array view of the whole heap for elements of a dtype. */
export function heapArray(heap: Heap, dtype: Aval["dtype"]): TypedArray {
  switch (dtype) {
    case "f32":
      return heap.f32;
    case "f64":
      return heap.f64;
    case "i32":
      return heap.i32;
    case "u32":
      return heap.u32;
    default:
      return heap.u8;
  }
}

/** The elements of storage that a strided window touches: first element and count. */
export function spanOf(
  shape: readonly number[],
  { offset, strides }: Concrete,
): { readonly first: number; readonly count: number } {
  let low = offset;
  let high = offset;
  for (let i = 0; i < shape.length; i++) {
    const d = shape[i] as number;
    if (d === 0) return { first: offset, count: 0 };
    const reach = (d - 1) * (strides[i] as number);
    if (reach < 0) low += reach;
    else high += reach;
  }
  return { first: low, count: high - low + 1 };
}

/** Copies elements of an array to the heap at `pointer`. */
export function put(
  heap: Heap,
  dtype: DType,
  source: TypedArray,
  first: number,
  count: number,
  pointer: number,
): void {
  const target = heapArray(heap, dtype);
  const at = pointer / bytesOf(dtype);
  if (count <= 8) {
    for (let i = 0; i < count; i++) target[at + i] = source[first + i] as number;
  } else if (count === source.length) target.set(source as never, at);
  else target.set(source.subarray(first, first + count) as never, at);
}

/** Copies contiguous elements from the heap to a new typed array. */
export function download(heap: Heap, aval: Aval, pointer: number): TypedArray {
  const size = sizeOf(aval.shape);
  const at = pointer / bytesOf(aval.dtype);
  const source = heapArray(heap, aval.dtype);
  if (size > 8) return source.slice(at, at + size) as TypedArray;
  const out = allocate(aval.dtype, size);
  for (let i = 0; i < size; i++) out[i] = source[at + i] as number;
  return out;
}
