import { bitwiseAnd, rightShift } from "../ops/compare";
import { cast } from "../primitives/elementwise";
import { slice } from "../primitives/movement";
import { randomBits } from "../primitives/random-bits";
import type { Tensor } from "../tensor";
import type { FloatDType } from "./parameters";

/** `count` runs of `length` words of a key's stream. */
export function words(key: Tensor, count: number, length: number): Tensor[] {
  const all = randomBits(key, count * length);
  return Array.from({ length: count }, (_, i) => slice(all, [i * length], [length]));
}

/** Words that one uniform number of a dtype takes. */
export const wordsPer = (dtype: FloatDType): 1 | 2 => (dtype === "f64" ? 2 : 1);

/** The first `bits` bits of two words as an integer in f64: shifts would be steps of their own there. */
const joined = (high: Tensor, low: Tensor, bits: number): Tensor =>
  cast(high, "f64")
    .mul(2 ** (bits - 32))
    .add(
      cast(low, "f64")
        .mul(2 ** (bits - 64))
        .floor(),
    );

/** Multiples of 2⁻²⁴ (f32, from one word) or 2⁻⁵³ (f64, from two) in [0, 1), each as likely. */
export const halfOpen = (dtype: FloatDType, [high, low]: readonly Tensor[]): Tensor =>
  dtype === "f32"
    ? cast(rightShift(high as Tensor, 8), "f32").mul(2 ** -24)
    : joined(high as Tensor, low as Tensor, 53).mul(2 ** -53);

/**
 * Numbers in (0, 1] that resolve the neighbourhood of 0 finely: middles of intervals of length 2⁻³² (f32, where
 * the last ones round to 1) or 2⁻⁵² (f64, all below 1).
 */
export const aboveZero = (dtype: FloatDType, [high, low]: readonly Tensor[]): Tensor =>
  dtype === "f32"
    ? cast(high as Tensor, "f32")
        .add(0.5)
        .mul(2 ** -32)
    : joined(high as Tensor, low as Tensor, 52)
        .add(0.5)
        .mul(2 ** -52);

/** Signs ±1 and, independent of them, numbers as those of {@link aboveZero} (f32: with 31 bits). */
export function signed(
  dtype: FloatDType,
  [high, low]: readonly Tensor[],
): readonly [sign: Tensor, size: Tensor] {
  const first = high as Tensor;
  if (dtype === "f32") {
    const size = cast(rightShift(first, 1), "f32")
      .add(0.5)
      .mul(2 ** -31);
    return [cast(bitwiseAnd(first, 1), "f32").mul(2).sub(1), size];
  }
  // The last bit of the second word is not among the 52 that make the number.
  const half = cast(low as Tensor, "f64").mul(0.5);
  const sign = half.sub(half.floor()).mul(4).sub(1);
  return [sign, aboveZero("f64", [first, low as Tensor])];
}
