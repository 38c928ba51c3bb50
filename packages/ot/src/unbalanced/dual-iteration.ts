import type { LogSums } from "../internal/log-sums";
import type { MarginalPenalty } from "./marginal-penalty";

/** An unbalanced problem, but for its costs. */
export interface UnbalancedProblem {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly eps: number;
  readonly penalties: readonly [MarginalPenalty, MarginalPenalty];
  /** The best shift s of (f + s, g − s), which leaves the plan as it is. */
  readonly translation: (f: Float64Array, g: Float64Array) => number;
}

/** Where an iteration stops. */
export interface Stop {
  /** Largest change of a potential, in units of ε. */
  readonly tol: number;
  readonly maxIterations: number;
}

/** Where an iteration ended. */
export interface DualEnd {
  readonly f: Float64Array;
  readonly g: Float64Array;
  readonly iterations: number;
  /** The last change, in units of ε. */
  readonly change: number;
  readonly converged: boolean;
}

/** Potential of a point from which every way is forbidden: finite, so that sums with infinite costs have a value. */
export const NOWHERE = 1e200;

/** Alternating maximisation of the dual in f and g. */
export function dualIteration(
  sums: LogSums,
  problem: UnbalancedProblem,
  { tol, maxIterations }: Stop,
  start: { readonly f: Float64Array; readonly g: Float64Array },
): DualEnd {
  const { a, b, eps, penalties, translation } = problem;
  const logs = [a.map(Math.log), b.map(Math.log)] as const;
  const update = (
    penalty: MarginalPenalty,
    logSums: (y: Float64Array) => Float64Array,
    log: Float64Array,
    h: Float64Array,
  ): Float64Array =>
    logSums(log.map((value, j) => value + (h[j] as number) / eps)).map((sum) =>
      penalty.update(Math.min(-eps * sum, NOWHERE), eps),
    );
  let { f, g } = start;
  let [iterations, change] = [0, Infinity];
  while (iterations < maxIterations && !(change <= tol)) {
    const nextF = update(penalties[0], sums.rows, logs[1], g);
    const nextG = update(penalties[1], sums.columns, logs[0], nextF);
    const s = translation(nextF, nextG);
    const [movedF, movedG] = [nextF.map((x) => x + s), nextG.map((x) => x - s)];
    change = Math.max(farthest(movedF, f), farthest(movedG, g)) / eps;
    [f, g] = [movedF, movedG];
    iterations++;
  }
  return { f, g, iterations, change, converged: change <= tol };
}

/** max |x_i − y_i|. */
export function farthest(x: Float64Array, y: Float64Array): number {
  let most = 0;
  for (let i = 0; i < x.length; i++)
    most = Math.max(most, Math.abs((x[i] as number) - (y[i] as number)));
  return most;
}
