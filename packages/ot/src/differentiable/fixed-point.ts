import { logSumExp, type Tensor, tensor, whileLoop } from "@x/tensor";
import { MOMENTUM, STEP } from "../internal/heavy-ball";
import { finiteCost } from "./dual";
import type { Potentials, Problem } from "./problem";

/** When the iteration stops. */
export interface Stop {
  /** Relative to the mass. */
  readonly tol: number;
  readonly maxIterations: number;
}

/** Each sweep on the way down multiplies ε by this. */
const ANNEAL = 0.5;

/** Changes of more than this many ε are no candidates for the end, and their exponentials would overflow. */
const LIMIT = 100;

/** −ε log Σ w exp((h − C)/ε) along an axis of C, of weights and potentials that broadcast against C. */
export const softmin = (
  C: Tensor,
  logWeights: Tensor,
  h: Tensor,
  eps: Tensor,
  axis: 0 | 1,
): Tensor => logSumExp(h.sub(C).div(eps).add(logWeights), axis).mul(eps.neg());

/**
 * Repeats sweeps while ε falls from the range of the costs to its value by halves, one sweep each, and then until the
 * row error, which the change of f tells, is below the tolerance. The last sweep is one at ε itself in any case, so that
 * the plan has the mass of its columns.
 */
function sweeps(
  { a, C, eps }: Problem,
  { tol, maxIterations }: Stop,
  start: Potentials,
  sweep: (now: Potentials, level: Tensor) => Potentials & { readonly changed: Tensor },
): Potentials & { readonly changed: Tensor } {
  const mass = a.sum();
  const range = C.isFinite().where(C, C.min()).max().sub(C.min());
  const out = whileLoop(
    ({ error, count }) => error.greater(mass.mul(tol)).logicalAnd(count.less(maxIterations)),
    ({ f, g, level: planned, count }) => {
      const level = count.add(1).less(maxIterations).where(planned, eps);
      const next = sweep({ f, g }, level);
      const change = f.sub(next.changed).div(eps).clip(-LIMIT, LIMIT).expm1().abs().mul(a).sum();
      return {
        f: next.f,
        g: next.g,
        changed: next.changed,
        level: level.mul(ANNEAL).maximum(eps),
        error: level.greater(eps).where(Infinity, change),
        count: count.add(1),
      };
    },
    {
      ...start,
      changed: start.f,
      level: range.maximum(eps),
      error: tensor(Infinity, { dtype: "f64" }),
      count: tensor(0, { dtype: "i32" }),
    },
  );
  return { f: out.f, g: out.g, changed: out.changed };
}

/** Dual potentials by log-domain sweeps in one loop of tensor operations. */
export function sweepPotentials(problem: Problem, stop: Stop): Potentials {
  const { a, b, C } = problem;
  const cost = finiteCost(C);
  const [logA, logB] = [a.log().expandDims(1), b.log()];
  const { f, g } = sweeps(problem, stop, { f: a.mul(0), g: b.mul(0) }, ({ g }, level) => {
    const f = softmin(cost, logB, g, level, 1);
    return { f, g: softmin(cost, logA, f.expandDims(1), level, 0), changed: f };
  });
  return { f, g };
}

/**
 * The same for a measure against itself: one potential, whose last value is kept as g on the way.
 *
 * At the end it is the mean of a potential f and softmin f. Of these two, in either order, the plan has the mass of the
 * measure, and by Cauchy and Schwarz the plan of the mean has no more, wherever the iteration stops.
 */
export function sweepSymmetric(problem: Problem, stop: Stop): Potentials {
  const { a, C } = problem;
  const cost = finiteCost(C);
  const logA = a.log();
  const { g, changed } = sweeps(problem, stop, { f: a.mul(0), g: a.mul(0) }, ({ f, g }, level) => {
    const changed = softmin(cost, logA, f, level, 1);
    const next = f.add(changed.sub(f).mul(STEP)).add(f.sub(g).mul(MOMENTUM));
    return { f: next, g: f, changed };
  });
  const f = g.add(changed).div(2);
  return { f, g: f };
}
