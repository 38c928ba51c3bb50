import type { DType } from "../dtype";
import { cast } from "../primitives/elementwise";
import type { Shape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { invert, reject } from "./counting";
import { elementSampler } from "./elements";
import { checkCounts, nonNegative, parameter, refuse } from "./parameters";
import { logPoisson } from "./saddle-point";

const sample = elementSampler("poisson", (stream, rate) => {
  if (!nonNegative.holds(rate)) refuse("poisson", "rate", rate, nonNegative);
  return rate < 10
    ? invert(stream, Math.exp(-rate), 0, rate)
    : reject(stream, rate, 0, Infinity, logPoisson);
});

/** Parameters of {@link poisson}. */
export interface PoissonOptions {
  /** Mean λ ≥ 0, default 1; a number or a tensor that broadcasts to the shape. */
  readonly rate?: TensorLike | undefined;
  /** Default i32, which holds counts up to 2³¹ − 1; larger ones need f64. */
  readonly dtype?: Exclude<DType, "bool"> | undefined;
}

/**
 * Poisson numbers: counts of probability λ^k e^(−λ) / k!. Gradients in λ are 0, as counts do not change.
 *
 * @param shape - of the result
 * @param options.rate - default 1
 * @returns i32 unless another dtype is asked for
 * @throws ArgumentError on a rate that is not a finite number ≥ 0
 * @see Hörmann 1993, "The generation of binomial random variates", in the limit of many trials, for λ ≥ 10; below by
 *   inversion
 */
export function poisson(key: Tensor, shape: Shape, options: PoissonOptions = {}): Tensor {
  const { rate = 1, dtype = "i32" } = options;
  checkCounts("poisson", dtype);
  const mean = parameter("poisson", "rate", rate, shape, "f64", nonNegative);
  return cast(sample(key, shape, mean.stopGradient()), dtype);
}
