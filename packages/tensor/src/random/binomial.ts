import type { DType } from "../dtype";
import { cast } from "../primitives/elementwise";
import type { Shape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { elementSampler } from "./elements";
import { checkKey } from "./key";
import { checkCounts, parameter, probability, type Requirement, refuse } from "./parameters";
import { logBinomial } from "./saddle-point";
import type { Stream } from "./stream";

/** Adds up probabilities from 0 successes on until they pass a uniform number. */
function invert(stream: Stream, n: number, p: number): number {
  const u = stream.uniform();
  const odds = p / (1 - p);
  let mass = Math.exp(n * Math.log1p(-p));
  let sum = mass;
  let k = 0;
  while (u > sum && k < n && mass > 1e-18) {
    k++;
    mass *= (odds * (n - k + 1)) / k;
    sum += mass;
  }
  return k;
}

/**
 * Transformed rejection, exact for n p ≥ 10 and p ≤ ½.
 *
 * @see Hörmann 1993, "The generation of binomial random variates", algorithm BTRS
 */
function reject(stream: Stream, n: number, p: number): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const centre = n * p + 0.5;
  const likely = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * spread;
  const top = logBinomial(Math.floor((n + 1) * p), n, p);
  for (;;) {
    const u = stream.uniform() - 0.5;
    const v = stream.uniform();
    const edge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / edge + b) * u + centre);
    if (edge >= 0.07 && v <= likely) return k;
    if (k < 0 || k > n) continue;
    if (Math.log((v * alpha) / (a / (edge * edge) + b)) <= logBinomial(k, n, p) - top) return k;
  }
}

const count: Requirement = {
  expected: "a whole number from 0 to 2^53",
  holds: (n) => Number.isInteger(n) && n >= 0 && n <= 2 ** 53,
};

const sample = elementSampler("binomial", (stream, n, p) => {
  if (!count.holds(n)) refuse("binomial", "n", n, count);
  if (!probability.holds(p)) refuse("binomial", "p", p, probability);
  const rare = Math.min(p, 1 - p);
  if (rare === 0 || n === 0) return p > 0.5 ? n : 0;
  const k = n * rare < 10 ? invert(stream, n, rare) : reject(stream, n, rare);
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
  return cast(
    sample(checkKey("binomial", key), shape, trials.stopGradient(), chance.stopGradient()),
    dtype,
  );
}
