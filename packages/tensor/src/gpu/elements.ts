import { allocate, type DType, type TypedArray } from "../dtype";
import { planesOf } from "./source/view";

/** Elements as the device keeps them: floats, integers of 32 bits as their low and high halves. */
export function encodeElements(dtype: DType, elements: TypedArray): Float32Array {
  if (elements instanceof Float32Array) return elements;
  if (planesOf(dtype) === 1) return Float32Array.from(elements);
  const { buffer, byteOffset, length } = elements;
  // Typed arrays are little-endian wherever a GPU is.
  return Float32Array.from(new Uint16Array(buffer, byteOffset, 2 * length));
}

/** The inverse of {@link encodeElements}. */
export function decodeElements(dtype: DType, data: Float32Array): TypedArray {
  if (dtype === "f32") return data;
  if (planesOf(dtype) === 1) return Uint8Array.from(data);
  const out = allocate(dtype, data.length / 2);
  new Uint16Array(out.buffer).set(data);
  return out;
}
