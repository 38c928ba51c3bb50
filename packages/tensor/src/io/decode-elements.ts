import { bytesOf, type TypedArray, viewOn } from "../dtype";
import { hostIsBigEndian, swapBytes } from "./byte-order";
import { dtypeOf, type ElementKind, widthOf } from "./element-kinds";
import { bfloatToFloat, halfToFloat } from "./half-floats";
import type { ReadSettings } from "./options";
import type { RawTensor } from "./raw";
import { refuse } from "./refuse";
import { narrowIntegers } from "./wide-integers";

/** Where a run of elements lies in a file and how it is stored there. */
export interface StoredElements {
  /** Exactly the bytes of the elements. */
  readonly bytes: Uint8Array;
  readonly kind: ElementKind;
  readonly bigEndian: boolean;
  readonly shape: readonly number[];
  /** What errors call it. */
  readonly field: string;
}

/** Bytes that `count` elements of a kind take once decoded. */
export const decodedBytes = (kind: ElementKind, count: number, settings: ReadSettings): number =>
  count * bytesOf(dtypeOf(kind, settings));

/**
 * Copies elements out of a file into an array of their own, converting to the tensor's element type.
 *
 * @throws ArgumentError for a bool that is neither 0 nor 1, or a 64-bit integer that does not fit
 */
export function decodeElements(stored: StoredElements, settings: ReadSettings): RawTensor {
  const { kind, shape } = stored;
  const own = stored.bytes.slice();
  if (stored.bigEndian !== hostIsBigEndian) swapBytes(own, widthOf(kind));
  return { dtype: dtypeOf(kind, settings), shape, data: convert(own, stored, settings) };
}

function convert(own: Uint8Array, stored: StoredElements, settings: ReadSettings): TypedArray {
  const buffer = own.buffer;
  switch (stored.kind) {
    case "bool":
      checkBooleans(own, stored.field, settings);
      return own;
    case "i8":
      return Int32Array.from(new Int8Array(buffer));
    case "i16":
      return Int32Array.from(new Int16Array(buffer));
    case "u16":
      return Int32Array.from(new Uint16Array(buffer));
    case "f16":
      return halfToFloat(new Uint16Array(buffer));
    case "bf16":
      return bfloatToFloat(new Uint16Array(buffer));
    case "i64":
    case "u64": {
      const words = new Int32Array(buffer);
      if (hostIsBigEndian) swapPairs(words);
      return narrowIntegers(words, stored.kind === "i64", stored.field, settings);
    }
    default:
      return viewOn(stored.kind, buffer, 0, own.length / widthOf(stored.kind));
  }
}

function checkBooleans(values: Uint8Array, field: string, settings: ReadSettings): void {
  const at = values.findIndex((value) => value > 1);
  if (at < 0) return;
  refuse({
    reader: settings.reader,
    field,
    expected: "booleans stored as 0 or 1",
    came: `${values[at]} at element ${at}`,
  });
}

function swapPairs(words: Int32Array): void {
  for (let i = 0; i < words.length; i += 2) {
    const word = words[i] as number;
    words[i] = words[i + 1] as number;
    words[i + 1] = word;
  }
}
