import { cast } from "../primitives/elementwise";
import type { Shape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { elementSampler } from "./elements";
import { fused } from "./fused";
import { gammaSlope } from "./gamma-slope";
import { type FloatOptions, floatOf, parameter, positive, refuse, spread } from "./parameters";
import type { Stream } from "./stream";

/**
 * Logarithm of a gamma number of shape parameter a and rate 1, which does not underflow for small a.
 *
 * A cubed normal number accepted by a logarithmic test, exact for a ≥ 1; below, g(a) = g(a + 1) U^(1/a).
 *
 * @see Marsaglia & Tsang 2000, "A simple method for generating gamma variables"
 */
function drawLog(stream: Stream, a: number): number {
  if (!positive.holds(a)) refuse("gamma", "concentration", a, positive);
  const boost = a < 1 ? stream.exponential() / a : 0;
  const d = (a < 1 ? a + 1 : a) - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = stream.normal();
    const t = c * x;
    if (t <= -1) continue;
    // w = v − 1 for v = (1 + t)³, so that log v − w keeps its digits when d is large.
    const w = t * (3 + t * (3 + t));
    const u = stream.uniform();
    if (u < 1 - 0.0331 * x ** 4 || Math.log(u) < 0.5 * x * x + d * (Math.log1p(w) - w)) {
      return Math.log(d * (1 + w)) - boost;
    }
  }
}

const sample = elementSampler("logGamma", drawLog, gammaSlope);

/** Logarithms of gamma numbers of rate 1 in f64. @param concentration - f64, broadcasts to the shape */
export const logGamma = (key: Tensor, shape: Shape, concentration: Tensor): Tensor =>
  sample(key, shape, concentration);

const scaled = fused("gamma", (key, shape, dtype, concentration, rate) =>
  cast(
    logGamma(key, shape, concentration as Tensor)
      .exp()
      .div(spread(rate as Tensor, shape)),
    dtype,
  ),
);

/** Parameters of {@link gamma}. */
export interface GammaOptions extends FloatOptions {
  /** Shape parameter α > 0; default 1. */
  readonly concentration?: TensorLike | undefined;
  /** Rate β > 0, one over the scale; default 1. */
  readonly rate?: TensorLike | undefined;
}

/**
 * Gamma numbers: density β^α x^(α−1) e^(−βx) / Γ(α), mean α / β.
 *
 * Samples are differentiable once in both parameters: the derivative in α is that of the quantile function at
 * the sample (implicit reparameterisation).
 *
 * @param shape - of the result
 * @param options.concentration - default 1; a number or a tensor that broadcasts to the shape
 * @param options.rate - default 1
 * @throws ArgumentError on a parameter that is not a positive finite number
 * @see Marsaglia & Tsang 2000; Figurnov, Mohamed & Mnih 2018, "Implicit reparameterization gradients"
 */
export function gamma(key: Tensor, shape: Shape, options: GammaOptions = {}): Tensor {
  const { concentration = 1, rate = 1 } = options;
  const dtype = floatOf("gamma", options);
  const a = parameter("gamma", "concentration", concentration, shape, "f64", positive);
  const b = parameter("gamma", "rate", rate, shape, "f64", positive);
  return scaled(key, shape, dtype, a, b);
}
