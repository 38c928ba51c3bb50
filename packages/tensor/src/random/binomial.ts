import type { DType } from "../dtype";
import { cast } from "../primitives/elementwise";
import type { Shape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { invert, reject } from "./counting";
import { elementSampler } from "./elements";
import { checkCounts, parameter, probability, type Requirement, refuse } from "./parameters";
import { logBinomial } from "./saddle-point";

const count: Requirement = {
  expected: "a whole number from 0 to 2^53",
  holds: (n) => Number.isInteger(n) && n >= 0 && n <= 2 ** 53,
};

const sample = elementSampler("binomial", (stream, n, p) => {
  if (!count.holds(n)) refuse("binomial", "n", n, count);
  if (!probability.holds(p)) refuse("binomial", "p", p, probability);
  const rare = Math.min(p, 1 - p);
  if (rare === 0 || n === 0) return p > 0.5 ? n : 0;
  const mean = n * rare;
  const odds = rare / (1 - rare);
  const k =
    mean < 10
      ? Math.min(n, invert(stream, Math.exp(n * Math.log1p(-rare)), -odds, odds * (n + 1)))
      : reject(stream, mean, rare, n, logBinomial);
  return p > 0.5 ? n - k : k;
});

/** Parameters of {@link binomial}. */
export interface BinomialOptions {
  /** Number of trials, 0 … 2⁵³; a number or a tensor that broadcasts to the shape. */
  readonly n: TensorLike;
  /** Probability of success, 0 … 1; default 0.5. */
  readonly p?: TensorLike | undefined;
  /** Default i32, which holds counts up to 2³¹ − 1; larger ones need f64. */
  readonly dtype?: Exclude<DType, "bool"> | undefined;
}

/**
 * Binomial numbers: successes among n independent trials. Gradients in p are 0, as counts do not change.
 *
 * @param shape - of the result
 * @param options.n - number of trials; a number or a tensor that broadcasts to the shape
 * @param options.p - probability of success, default 0.5
 * @returns i32 unless another dtype is asked for
 * @throws ArgumentError unless n is a whole number ≥ 0 and p a probability
 * @see Hörmann 1993 where n · min(p, 1 − p) ≥ 10; elsewhere by inversion
 */
export function binomial(key: Tensor, shape: Shape, options: BinomialOptions): Tensor {
  const { n, p = 0.5, dtype = "i32" } = options;
  checkCounts("binomial", dtype);
  const trials = parameter("binomial", "n", n, shape, "f64", count);
  const chance = parameter("binomial", "p", p, shape, "f64", probability);
  return cast(sample(key, shape, trials.stopGradient(), chance.stopGradient()), dtype);
}
