import { where } from "../ops/compare";
import { reshape } from "../primitives/movement";
import { randomBits } from "../primitives/random-bits";
import { checkShape, type Shape, sizeOf } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { fused } from "./fused";
import { checkKey } from "./key";
import {
  checkInterval,
  type FloatDType,
  type FloatOptions,
  finite,
  floatOf,
  parameter,
  spread,
} from "./parameters";
import { halfOpen, words, wordsPer } from "./words";

/**
 * Random 32-bit words: words 2i and 2i + 1 are the Threefry-2x32-20 block of counter (i, 0) under the key.
 *
 * @returns u32 of the given shape, in C order
 * @see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"
 */
export function bits(key: Tensor, shape: Shape): Tensor {
  checkShape("bits", shape);
  return reshape(randomBits(checkKey("bits", key), sizeOf(shape)), shape);
}

/** The interval of {@link uniform}. */
export interface UniformOptions extends FloatOptions {
  /** Default 0. */
  readonly low?: TensorLike | undefined;
  /** Default 1. */
  readonly high?: TensorLike | undefined;
}

const unit = fused("uniform", (key, shape, dtype) => {
  const float = dtype as FloatDType;
  const parts = words(key, wordsPer(float), sizeOf(shape));
  return reshape(halfOpen(float, parts), shape);
});

const between = fused("uniform", (key, shape, dtype, low, high) => {
  const from = spread(low as Tensor, shape);
  const to = spread(high as Tensor, shape);
  const x = unit(key, shape, dtype).mul(to.sub(from)).add(from);
  // The sum may round up to the excluded end.
  return where(x.less(to), x, from);
});

/**
 * Uniform numbers in [low, high): multiples of 2⁻²⁴ (f32) or 2⁻⁵³ (f64) of its length.
 *
 * @param shape - of the result
 * @param options.low - default 0; a number or a tensor that broadcasts to the shape
 * @param options.high - default 1
 * @throws ArgumentError unless low < high where both are numbers
 */
export function uniform(key: Tensor, shape: Shape, options: UniformOptions = {}): Tensor {
  const { low = 0, high = 1 } = options;
  const dtype = floatOf("uniform", options);
  if (low === 0 && high === 1) return unit(key, shape, dtype);
  const from = parameter("uniform", "low", low, shape, dtype, finite);
  const to = parameter("uniform", "high", high, shape, dtype, finite);
  if (typeof low === "number" && typeof high === "number") checkInterval("uniform", low, high);
  return between(key, shape, dtype, from, to);
}
