import { isFloat, limits } from "../dtype";
import { ArgumentError } from "../errors";
import { checkDType, described } from "../internal/check-argument";
import { bitwiseAnd, less, rightShift } from "../ops/compare";
import { toTensor } from "../ops/promote";
import { cast } from "../primitives/elementwise";
import { reshape } from "../primitives/movement";
import { type Shape, sizeOf } from "../shape";
import { isTensor, type Tensor, type TensorLike } from "../tensor";
import { fused } from "./fused";
import { checkInterval, spread } from "./parameters";
import { bits } from "./uniform";
import { words } from "./words";

/** The range and dtype of {@link randint}. */
export interface RandintOptions {
  /** Smallest value, default 0; a number or an integer tensor that broadcasts to the shape. */
  readonly low?: TensorLike | undefined;
  /** One more than the largest value. */
  readonly high: TensorLike;
  /** i32 (default), u32 or u8. */
  readonly dtype?: "i32" | "u32" | "u8" | undefined;
}

/** High words of 32-bit products, from products of 16-bit halves. */
function multiplyHigh(x: Tensor, y: Tensor): Tensor {
  const [a, b] = [rightShift(x, 16), bitwiseAnd(x, 0xffff)];
  const [c, d] = [rightShift(y, 16), bitwiseAnd(y, 0xffff)];
  const middle = a.mul(d).add(rightShift(b.mul(d), 16));
  const carry = b.mul(c).add(bitwiseAnd(middle, 0xffff));
  return a.mul(c).add(rightShift(middle, 16)).add(rightShift(carry, 16));
}

/** ⌊span · w / 2⁶⁴⌋ for 64-bit words w. */
const integers = fused("randint", (key, shape, dtype, low, high) => {
  const from = spread(low as Tensor, shape);
  const span = spread(high as Tensor, shape).sub(from);
  const [first, second] = words(key, 2, sizeOf(shape)) as [Tensor, Tensor];
  const [w0, w1] = [reshape(first, shape), reshape(second, shape)];
  const tail = w0.mul(span);
  const sum = tail.add(multiplyHigh(w1, span));
  const offset = multiplyHigh(w0, span).add(cast(less(sum, tail), "u32"));
  return cast(from.add(offset), dtype);
});

/** A bound as u32, modulo 2³². */
function bound(name: string, value: TensorLike): Tensor {
  const t = isTensor(value) ? value : toTensor(value, "i32");
  if (typeof value === "number") return toTensor(value >>> 0, "u32");
  if (!isFloat(t.dtype)) return cast(t, "u32");
  throw new ArgumentError(
    `randint: expected integers for ${name}; got ${described(t)}; cast it to i32`,
    { dtype: t.dtype },
  );
}

/**
 * Integers from low to high − 1, each with the same probability to within 2⁻³² of it.
 *
 * @param shape - of the result
 * @param options.low - default 0
 * @param options.high - excluded
 * @returns i32 unless another dtype is asked for
 * @throws ArgumentError unless low < high are integers that the dtype holds
 * @see Lemire 2019, "Fast random integer generation in an interval", without its rejection step
 */
export function randint(key: Tensor, shape: Shape, options: RandintOptions): Tensor {
  const { low = 0, high, dtype = "i32" } = options ?? {};
  checkDType("randint", dtype, ["i32", "u32", "u8"]);
  const [least, last] = limits[dtype] as readonly [number, number];
  const most = last + 1;
  for (const value of [low, high]) {
    if (typeof value !== "number" && value !== undefined) continue;
    if (Number.isInteger(value) && least <= value && value <= most) continue;
    throw new ArgumentError(
      `randint: expected integers from ${least} to ${most} for low and high with dtype ${dtype}; got ${value}`,
      { value, dtype },
    );
  }
  if (typeof low === "number" && typeof high === "number") {
    checkInterval("randint", low, high);
    if (high - low === 2 ** 32) return cast(bits(key, shape), dtype);
  }
  return integers(key, shape, dtype, bound("low", low), bound("high", high));
}
