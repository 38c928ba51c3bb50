import { bytesOf } from "../dtype";
import { hostIsBigEndian, swapBytes } from "./byte-order";
import type { RawTensor } from "./raw";

/** The elements of an array as bytes in the wanted order, in memory of their own. */
export function encodeElements(raw: RawTensor, bigEndian: boolean): Uint8Array {
  const { buffer, byteOffset, byteLength } = raw.data;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
  if (bigEndian !== hostIsBigEndian) swapBytes(bytes, bytesOf(raw.dtype));
  return bytes;
}
