import { logSum } from "../internal/log-sum";
import { total } from "../internal/read";
import type { MarginalKind } from "./marginal-penalty";

/**
 * The best shift s of (f + s, g − s) for marginal penalties of strengths ρ: it leaves the plan as it is.
 *
 * Alternating updates shift potentials by a fraction of ε/ρ of the way each, so that without it large ρ take for ever.
 */
export function translation(
  kind: MarginalKind,
  a: Float64Array,
  b: Float64Array,
  rho: readonly [number, number],
): (f: Float64Array, g: Float64Array) => number {
  return kind === "kl" ? kullbackLeibler(a, b, rho) : totalVariation(a, b, rho);
}

/** s = τ (LSE(log a − f/ρ₁) − LSE(log b − g/ρ₂)), τ = ρ₁ρ₂/(ρ₁ + ρ₂); an infinite ρ is the limit of the formula. */
function kullbackLeibler(
  a: Float64Array,
  b: Float64Array,
  [rhoA, rhoB]: readonly [number, number],
): (f: Float64Array, g: Float64Array) => number {
  const [logA, logB] = [a.map(Math.log), b.map(Math.log)];
  const part = (log: Float64Array, h: Float64Array, rho: number): number => {
    const exponents = new Float64Array(h.length);
    for (let i = 0; i < h.length; i++) exponents[i] = (log[i] as number) - (h[i] as number) / rho;
    return logSum(exponents);
  };
  const tau = 1 / (1 / rhoA + 1 / rhoB);
  return (f, g) => tau * (part(logA, f, rhoA) - part(logB, g, rhoB));
}

/** The dual is linear in s, with slope Σa − Σb, until a potential comes to the end of its interval [−ρ, ρ]. */
function totalVariation(
  a: Float64Array,
  b: Float64Array,
  [rhoA, rhoB]: readonly [number, number],
): (f: Float64Array, g: Float64Array) => number {
  const slope = total(a) - total(b);
  const room = (weights: Float64Array, h: Float64Array, rho: number, sign: 1 | -1): number =>
    h.reduce(
      (least, x, i) => ((weights[i] as number) > 0 ? Math.min(least, rho - sign * x) : least),
      Infinity,
    );
  return (f, g) => {
    if (slope === 0) return 0;
    const sign = slope > 0 ? 1 : -1;
    const most = Math.min(room(a, f, rhoA, sign), room(b, g, rhoB, -sign as 1 | -1));
    return sign * Math.max(0, most);
  };
}
