import type { OTProgress } from "../result";
import { Relaxation } from "../sinkhorn/relaxation";
import type { Pairs } from "./pairs";

/** Where the iterations stand; potentials are binary exponents: f/(ε ln 2), and g/(ε ln 2) + log₂ b. */
export interface State {
  u: Float64Array;
  v: Float64Array;
  iterations: number;
  /** The marginal error as it was last estimated. */
  error: number;
  readonly history: OTProgress[];
}

/** The weights, and their binary logarithms. */
export interface LogWeights {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly logA: Float64Array;
  readonly logB: Float64Array;
}

export const logWeights = (a: Float64Array, b: Float64Array): LogWeights => ({
  a,
  b,
  logA: a.map(Math.log2),
  logB: b.map(Math.log2),
});

/** Largest change of an exponent with which sums without a running maximum are exact and do not overflow. */
const SAFE = 100;

const plus = (x: Float64Array, y: Float64Array): Float64Array =>
  x.map((value, i) => value + (y[i] as number));

/** Both updates with running maxima: twice the work, and safe from any start. */
function safeIteration(pairs: Pairs, { a, logA, logB }: LogWeights, state: State): number {
  const u = pairs.rowSums(state.v).map((sum) => -sum);
  const sums = pairs.columnSums(plus(u, logA));
  let error = 0;
  for (let i = 0; i < u.length; i++)
    error +=
      (a[i] as number) *
      Math.abs(Math.expm1(Math.LN2 * ((state.u[i] as number) - (u[i] as number))));
  state.u = u;
  state.v = sums.map((sum, j) => (logB[j] as number) - sum);
  return error;
}

/** Both updates from one evaluation of every pair; undefined if a sum is so far from 1 that it may have lost digits. */
function fusedIteration(
  pairs: Pairs,
  { a, b }: LogWeights,
  state: State,
  omega: number,
): number | undefined {
  const { rows, columns } = pairs.iterate(state.u, state.v, a, omega);
  let error = 0;
  const moved = (log: number): boolean => Math.abs(log) <= SAFE;
  const u = new Float64Array(rows.length);
  for (let i = 0; i < u.length; i++) {
    const log = Math.log2(rows[i] as number);
    if (!moved(log)) return undefined;
    error += (a[i] as number) * Math.abs((rows[i] as number) - 1);
    u[i] = (state.u[i] as number) - omega * log;
  }
  const v = new Float64Array(columns.length);
  let columnError = 0;
  for (let j = 0; j < v.length; j++) {
    const log = Math.log2((columns[j] as number) / (b[j] as number));
    if (!moved(log)) return undefined;
    columnError += Math.abs((columns[j] as number) - (b[j] as number));
    v[j] = (state.v[j] as number) - omega * log;
  }
  state.u = u;
  state.v = v;
  // After a plain update of the columns theirs is exact, and only rows can be off.
  return omega === 1 ? error : error + columnError;
}

/** What {@link iterate} needs to know. */
export interface IterateOptions {
  readonly tol: number;
  /** In all, with those of earlier calls. */
  readonly maxIterations: number;
  readonly overrelax: "auto" | number | false;
  readonly stage: string;
}

/** Iterates until the estimated marginal error is at most `tol`. The first iteration is a safe one. */
export function iterate(
  pairs: Pairs,
  weights: LogWeights,
  state: State,
  { tol, maxIterations, overrelax, stage }: IterateOptions,
  relaxation: Relaxation = new Relaxation({ overrelax }),
): void {
  let safe = true;
  while (state.iterations < maxIterations) {
    const fast =
      safe || !pairs.fused ? undefined : fusedIteration(pairs, weights, state, relaxation.omega);
    const error = fast ?? safeIteration(pairs, weights, state);
    safe = false;
    state.iterations++;
    state.error = error;
    state.history.push({ stage, iteration: state.iterations, marginalError: error });
    relaxation.observe(error);
    if (error <= tol) return;
  }
}
