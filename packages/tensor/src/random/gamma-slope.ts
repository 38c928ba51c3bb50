import { digamma } from "../cpu/fallback/special";
import type { TypedArray } from "../dtype";
import { ArgumentError } from "../errors";
import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import { batchLeading } from "../primitives/batching";
import type { Tensor } from "../tensor";

/**
 * d log x / da for the quantile x(a) of the gamma distribution of shape parameter a at a fixed level.
 *
 * With P the distribution function, dx/da = −(∂P/∂a) / p(x).
 */
export function logQuantileSlope(a: number, logX: number): number {
  if (a > 1e4) return largeShape(a, Math.exp(logX));
  const x = Math.exp(logX);
  return x > a + 3 * Math.sqrt(a) + 8 ? upperTail(a, x, logX) : series(a, x, logX);
}

/**
 * From P = Σ_n x^(a+n) e^(−x) / Γ(a + n + 1), term by term: Σ_n c_n (ψ(a + 1 + n) − log x) with
 * c_n = xⁿ / (a (a + 1) … (a + n)).
 */
function series(a: number, x: number, logX: number): number {
  let c = 1 / a;
  let psi = digamma(a + 1);
  let sum = 0;
  let largest = 0;
  for (let n = 1; ; n++) {
    const term = c * (psi - logX);
    sum += term;
    largest = Math.max(largest, Math.abs(term));
    // Past the largest term they fall ever faster.
    if (n > x - a && Math.abs(term) <= 1e-17 * largest) return sum;
    c *= x / (a + n);
    psi += 1 / (a + n);
  }
}

/**
 * From Q = 1 − P by the integral over t = x (1 + s), where nothing cancels:
 * ∫ (1 + s)^(a−1) e^(−xs) (log x − ψ(a) + log(1 + s)) ds, by the trapezoidal rule in s = exp(u − e^(−u)) / x.
 */
function upperTail(a: number, x: number, logX: number): number {
  const base = logX - digamma(a);
  const step = 1 / 16;
  let sum = 0;
  for (let u = -4; u < 7; u += step) {
    const fall = Math.exp(-u);
    const s = Math.exp(u - fall) / x;
    const log = Math.log1p(s);
    sum += Math.exp((a - 1) * log - x * s) * (base + log) * s * (1 + fall);
  }
  return sum * step;
}

/**
 * The Cornish–Fisher expansion x = a + z √a + (z² − 1)/3 + (z³ − 7z)/(36 √a) − (3z⁴ + 7z² − 16)/(810 a) of the
 * quantile at the normal level z, solved for z and differentiated in a. Abramowitz & Stegun 26.2.49.
 */
function largeShape(a: number, x: number): number {
  const r = Math.sqrt(a);
  let z = (x - a) / r;
  for (let i = 0; i < 4; i++) {
    const z2 = z * z;
    const miss =
      (a - x) / r +
      z +
      (z2 - 1) / (3 * r) +
      (z * (z2 - 7)) / (36 * a) -
      (3 * z2 * z2 + 7 * z2 - 16) / (810 * a * r);
    z -= miss / (1 + (2 * z) / (3 * r));
  }
  const z2 = z * z;
  const slope =
    1 + z / (2 * r) - (z * (z2 - 7)) / (72 * a * r) + (3 * z2 * z2 + 7 * z2 - 16) / (810 * a * a);
  return slope / x;
}

const slopePrimitive: Primitive<Record<never, never>> = {
  name: "gammaSlope",
  shape: ([a]) => [a as Aval],
  batch: batchLeading(),
  host: ([a, logX]) => [
    (a as Float64Array).map((v, i) => logQuantileSlope(v, (logX as TypedArray)[i] as number)),
  ],
  jvp: (primals, tangents): JvpResult => {
    if (tangents.some((t) => t !== null)) {
      throw new ArgumentError(
        "gamma: expected at most one differentiation in the concentration; got a second; use stopGradient",
      );
    }
    return { primals: [gammaSlope(...(primals as [Tensor, Tensor]))], tangents: [null] };
  },
};

/** {@link logQuantileSlope} of f64 tensors of one shape. */
export const gammaSlope = (a: Tensor, logX: Tensor): Tensor => bind1(slopePrimitive, [a, logX], {});
