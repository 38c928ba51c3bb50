import type { DType } from "../dtype";
import { checkDType } from "../internal/check-argument";
import { less, logicalOr, rightShift } from "../ops/compare";
import { cast } from "../primitives/elementwise";
import { reshape } from "../primitives/movement";
import { randomBits } from "../primitives/random-bits";
import { type Shape, sizeOf } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { fused } from "./fused";
import { parameter, probability } from "./parameters";

/** The probability of {@link bernoulli}. */
export interface BernoulliOptions {
  /** Of true, 0 … 1; default 0.5. */
  readonly p?: TensorLike | undefined;
}

const chance = fused("bernoulli", (key, shape, _dtype, limit, sure) => {
  const w = reshape(randomBits(key, sizeOf(shape)), shape);
  return logicalOr(less(w, limit as Tensor), sure as Tensor);
});

/**
 * Truth values that are true with probability p (rounded up to a multiple of 2⁻³²): never for 0, always for 1.
 *
 * @param shape - of the result
 * @param options.p - default 0.5; a number or a tensor that broadcasts to the shape
 * @returns bool
 */
export function bernoulli(key: Tensor, shape: Shape, options: BernoulliOptions = {}): Tensor {
  const { p = 0.5 } = options;
  // A device has no f64: floats stay floats, whose products with powers of two are exact, too.
  const dtype = (p as Tensor).dtype === "f32" ? "f32" : "f64";
  const t = parameter("bernoulli", "p", p, shape, dtype, probability);
  return chance(key, shape, "bool", cast(t.mul(2 ** 32).ceil(), "u32"), t.greaterEqual(1));
}

/** The dtype of {@link rademacher}. */
export interface RademacherOptions {
  /** f32 (default), f64 or i32. */
  readonly dtype?: "f32" | "f64" | "i32" | undefined;
}

const sign = fused("rademacher", (key, shape, dtype) => {
  const bit = rightShift(reshape(randomBits(key, sizeOf(shape)), shape), 31);
  return cast(bit, dtype).mul(2).sub(1);
});

/** Signs: −1 and 1, each with probability ½. */
export function rademacher(key: Tensor, shape: Shape, options: RademacherOptions = {}): Tensor {
  const dtype: DType = options.dtype ?? "f32";
  // Those that hold −1.
  checkDType("rademacher", dtype, ["f32", "f64", "i32"]);
  return sign(key, shape, dtype);
}
