import type { PlanMoments } from "../sinkhorn/result";
import { type DualEnd, farthest, type Stop, type UnbalancedProblem } from "./dual-iteration";
import type { KernelScaling } from "./kernel-scaling";

/** Exponents within which sums of products of scalings and exp(−C/ε) neither overflow nor lose anything. */
export const LARGEST_EXPONENT = 300;

/** Where an iteration ended that left the plan in memory; no moments if it has to be continued on logarithms. */
export interface ScalingEnd extends DualEnd {
  readonly moments?: PlanMoments | undefined;
}

/**
 * Alternating maximisation of the dual with KL marginals on scalings u = a e^{f/ε} and v = b e^{g/ε}:
 * u = a (Kv)^−ω with ω = ρ/(ρ + ε), both passes over K at once.
 *
 * Ends where potentials leave ±{@link LARGEST_EXPONENT} ε. Points of weight 0 keep their potentials, so that if there
 * are any the end is one to continue from.
 */
export function scalingIteration(
  scaling: KernelScaling,
  { a, b, eps, translation }: UnbalancedProblem,
  [rhoA, rhoB]: readonly [number, number],
  { tol, maxIterations }: Stop,
  start: { readonly f: Float64Array; readonly g: Float64Array },
): ScalingEnd {
  const damping = (rho: number): number => (rho === Infinity ? 1 : rho / (rho + eps));
  const complete = !(a.includes(0) || b.includes(0));
  let { f, g } = start;
  let v = scalingOf(b, g, eps);
  let [iterations, change] = [0, Infinity];
  while (iterations < maxIterations && !(change <= tol)) {
    const nextF = potentialOf(a, scaling.rows(v, damping(rhoA)), f, eps);
    const balancing = scaling.columns(damping(rhoB));
    const nextG = potentialOf(b, balancing, g, eps);
    const s = translation(nextF, nextG);
    shift(nextF, s);
    shift(nextG, -s);
    if (!(isModerate(nextF, eps) && isModerate(nextG, eps)))
      return { f, g, iterations, change, converged: false };
    change = Math.max(farthest(nextF, f), farthest(nextG, g)) / eps;
    [f, g] = [nextF, nextG];
    v = times(balancing, Math.exp(-s / eps));
    iterations++;
  }
  const end = { f, g, iterations, change, converged: change <= tol };
  if (!complete) return end;
  return { ...end, moments: scaling.moments(scalingOf(a, f, eps), v) };
}

/** w e^{h/ε}. */
function scalingOf(weights: Float64Array, h: Float64Array, eps: number): Float64Array {
  const out = new Float64Array(h.length);
  for (let i = 0; i < h.length; i++)
    out[i] = (weights[i] as number) * Math.exp((h[i] as number) / eps);
  return out;
}

/** ε log(u/w); where the weight is 0 the potential that is known. */
function potentialOf(
  weights: Float64Array,
  u: Float64Array,
  known: Float64Array,
  eps: number,
): Float64Array {
  const out = new Float64Array(u.length);
  for (let i = 0; i < u.length; i++) {
    const w = weights[i] as number;
    out[i] = w > 0 ? eps * Math.log((u[i] as number) / w) : (known[i] as number);
  }
  return out;
}

/** x times a factor, in its place. */
function times(x: Float64Array, factor: number): Float64Array {
  for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) * factor;
  return x;
}

function shift(h: Float64Array, s: number): void {
  for (let i = 0; i < h.length; i++) h[i] = (h[i] as number) + s;
}

function isModerate(h: Float64Array, eps: number): boolean {
  const limit = LARGEST_EXPONENT * eps;
  for (let i = 0; i < h.length; i++) if (!(Math.abs(h[i] as number) <= limit)) return false;
  return true;
}
