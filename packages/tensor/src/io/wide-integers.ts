import type { TypedArray } from "../dtype";
import type { ReadSettings } from "./options";
import { refuse } from "./refuse";

/**
 * 64-bit integers, given as pairs of 32-bit words with the low word first, as `i32`, `u32` or `f64`.
 *
 * @throws ArgumentError for a value outside the 32-bit range, unless `settings.int64` is `"f64"`
 */
export function narrowIntegers(
  words: Int32Array,
  signed: boolean,
  field: string,
  settings: ReadSettings,
): TypedArray {
  const count = words.length / 2;
  if (settings.int64 === "f64") return toDoubles(words, signed);
  const narrow = signed ? new Int32Array(count) : new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const low = words[2 * i] as number;
    const high = words[2 * i + 1] as number;
    if (high !== (signed ? low >> 31 : 0)) {
      refuse({
        reader: settings.reader,
        field,
        expected: `64-bit integers that fit ${signed ? "i32" : "u32"}`,
        came: `${wideValue(low, high, signed)} at element ${i}`,
        advice: 'pass { int64: "f64" } to read them as f64',
      });
    }
    narrow[i] = low;
  }
  return narrow;
}

function toDoubles(words: Int32Array, signed: boolean): Float64Array {
  const doubles = new Float64Array(words.length / 2);
  for (let i = 0; i < doubles.length; i++) {
    const high = words[2 * i + 1] as number;
    // The product is exact, so that the sum is rounded once.
    doubles[i] = (signed ? high : high >>> 0) * 2 ** 32 + ((words[2 * i] as number) >>> 0);
  }
  return doubles;
}

function wideValue(low: number, high: number, signed: boolean): string {
  const value = (BigInt(high) << 32n) | BigInt(low >>> 0);
  return (signed ? value : BigInt.asUintN(64, value)).toString();
}
