import type { DType } from "../dtype";
import { cast } from "../primitives/elementwise";
import type { Shape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { elementSampler } from "./elements";
import { checkKey } from "./key";
import { checkCounts, nonNegative, parameter, refuse } from "./parameters";
import { logPoisson } from "./saddle-point";
import type { Stream } from "./stream";

/** Adds up probabilities from 0 events on until they pass a uniform number. */
function invert(stream: Stream, rate: number): number {
  const u = stream.uniform();
  let p = Math.exp(-rate);
  let sum = p;
  let k = 0;
  // Rounding may keep the sum below u for ever; then p gets too small to matter.
  while (u > sum && p > 1e-18) {
    k++;
    p *= rate / k;
    sum += p;
  }
  return k;
}

/**
 * Transformed rejection: k = ⌊(2a / (½ − |u|) + b) u + λ + 0.43⌋ with u uniform on (−½, ½), accepted against the
 * probability itself. Exact for λ ≥ 10.
 *
 * @see Hörmann 1993, "The transformed rejection method for generating Poisson random variables", algorithm PTRS
 */
function reject(stream: Stream, rate: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(rate);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const likely = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = stream.uniform() - 0.5;
    const v = stream.uniform();
    const edge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / edge + b) * u + rate + 0.43);
    if (edge >= 0.07 && v <= likely) return k;
    if (k < 0 || (edge < 0.013 && v > edge)) continue;
    if (Math.log((v * inverseAlpha) / (a / (edge * edge) + b)) <= logPoisson(k, rate)) return k;
  }
}

const sample = elementSampler("poisson", (stream, rate) => {
  if (!nonNegative.holds(rate)) refuse("poisson", "rate", rate, nonNegative);
  return rate < 10 ? invert(stream, rate) : reject(stream, rate);
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
 * @see Hörmann 1993 for λ ≥ 10; below by inversion
 */
export function poisson(key: Tensor, shape: Shape, options: PoissonOptions = {}): Tensor {
  const { rate = 1, dtype = "i32" } = options;
  checkCounts("poisson", dtype);
  const mean = parameter("poisson", "rate", rate, shape, "f64", nonNegative);
  return cast(sample(checkKey("poisson", key), shape, mean.stopGradient()), dtype);
}
