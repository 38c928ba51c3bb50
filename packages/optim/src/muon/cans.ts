import { ArgumentError } from "@x/tensor";
import type { OddPolynomial } from "./odd-polynomial";
import type { CoefficientSchedule } from "./polar-express";

/** What {@link cansCubicCoeffs} is made for. */
export interface CansOptions {
  /** Smallest singular value to be served, > 0; default 1e-2. */
  readonly lower?: number;
  /** Largest singular value to be served, > lower; default 1. */
  readonly upper?: number;
  /** Number of polynomials, ≥ 1; default 8. */
  readonly steps?: number;
}

/**
 * Cubic polynomials, each the best approximation of 1 on what its predecessors leave of [lower, upper].
 *
 * On [α, β]: p(s) = k(s − s³/(3e²)), e² = (α² + αβ + β²)/3, k = 2/(⅔e + α − α³/(3e²)); the error is ε = ⅔ke − 1
 * and [1 − ε, 1 + ε] the next interval. A step needs two matrix products instead of the three of degree 5.
 *
 * @returns triples with c = 0, and the last interval [1 − ε, 1 + ε]
 * @throws ArgumentError for options out of range
 * @example
 * cansCubicCoeffs({ lower: 0.1, steps: 1 }).coeffs // [[3.963, -3.571, 0]]
 * @see Grishina et al. 2025, "Accelerating Newton-Schulz iteration for orthogonalization via Chebyshev-type polynomials"
 */
export function cansCubicCoeffs(options: CansOptions = {}): CoefficientSchedule {
  const { lower = 1e-2, upper = 1, steps = 8 } = options;
  if (!(lower > 0 && lower < upper && upper < Infinity)) {
    throw new ArgumentError(
      `cansCubicCoeffs: expected 0 < lower < upper; got lower = ${lower}, upper = ${upper}`,
      { lower, upper },
    );
  }
  if (!Number.isInteger(steps) || steps < 1) {
    throw new ArgumentError(`cansCubicCoeffs: expected steps, an integer ≥ 1; got ${steps}`, {
      steps,
    });
  }
  let [low, high] = [lower, upper];
  const coeffs = Array.from({ length: steps }, (): OddPolynomial => {
    const square = (low * low + low * high + high * high) / 3;
    const e = Math.sqrt(square);
    const k = 2 / ((2 / 3) * e + low - low ** 3 / (3 * square));
    const error = (2 / 3) * k * e - 1;
    [low, high] = [1 - error, 1 + error];
    return [k, -k / (3 * square), 0];
  });
  return { coeffs, interval: [low, high] };
}
