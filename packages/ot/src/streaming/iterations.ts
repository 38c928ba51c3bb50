import type { OTProgress } from "../result";
import { Anderson, memoryOf } from "../sinkhorn/anderson";
import { dualSum } from "../sinkhorn/dual-sum";
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

/** Violations of both marginals: of the rows before their update, and of the columns after that and before theirs. */
interface Violation {
  readonly rows: number;
  readonly columns: number;
}

/** Σ w |2^(from − to) − 1|: what the marginals of weights w are off whose exponents change so. */
function violation(weights: Float64Array, from: Float64Array, to: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const change = (from[i] as number) - (to[i] as number);
    sum += (weights[i] as number) * Math.abs(Math.expm1(Math.LN2 * change));
  }
  return sum;
}

/** Both updates with running maxima: twice the work, and safe from any start. */
function safeIteration(pairs: Pairs, { a, b, logA, logB }: LogWeights, state: State): Violation {
  const u = pairs.rowSums(state.v).map((sum) => -sum);
  const sums = pairs.columnSums(plus(u, logA));
  const v = sums.map((sum, j) => (logB[j] as number) - sum);
  const errors = { rows: violation(a, state.u, u), columns: violation(b, state.v, v) };
  state.u = u;
  state.v = v;
  return errors;
}

/** Both updates from one evaluation of every pair; undefined if a sum is so far from 1 that it may have lost digits. */
function fusedIteration(
  pairs: Pairs,
  { a, b }: LogWeights,
  state: State,
  omega: number,
): Violation | undefined {
  const { rows, columns } = pairs.iterate(state.u, state.v, a, omega);
  let rowError = 0;
  const moved = (log: number): boolean => Math.abs(log) <= SAFE;
  const u = new Float64Array(rows.length);
  for (let i = 0; i < u.length; i++) {
    const log = Math.log2(rows[i] as number);
    if (!moved(log)) return undefined;
    rowError += (a[i] as number) * Math.abs((rows[i] as number) - 1);
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
  return { rows: rowError, columns: columnError };
}

/** What {@link iterate} needs to know. */
export interface IterateOptions {
  readonly tol: number;
  /** In all, with those of earlier calls. */
  readonly maxIterations: number;
  readonly anderson?: number | false | undefined;
  readonly overrelax?: "auto" | number | false | undefined;
  readonly stage: string;
}

/** Iterates until the estimated marginal error is at most `tol`. The first iteration is a safe one. */
export function iterate(
  pairs: Pairs,
  weights: LogWeights,
  state: State,
  { tol, maxIterations, stage, ...options }: IterateOptions,
): void {
  const memory = memoryOf(options);
  const anderson = memory > 0 ? new Anderson(weights.b, memory) : undefined;
  const relaxation = new Relaxation({ overrelax: options.overrelax ?? false });
  let safe = true;
  while (state.iterations < maxIterations) {
    const { omega } = relaxation;
    const before = state.v;
    const fast = safe || !pairs.fused ? undefined : fusedIteration(pairs, weights, state, omega);
    const errors = fast ?? safeIteration(pairs, weights, state);
    const error = errorOf(errors, anderson !== undefined, fast ? omega : 1);
    safe = false;
    state.iterations++;
    state.error = error;
    state.history.push({ stage, iteration: state.iterations, marginalError: error });
    relaxation.observe(error);
    if (error <= tol) return;
    // What a limit cuts off is a plain update.
    if (anderson && state.iterations < maxIterations) accelerate(anderson, weights, state, before);
  }
}

/**
 * The marginal error that an iteration has seen: after a plain update of one side only the other can be off. Without
 * acceleration that is the error of the iterate before, with it that of its columns with the new rows.
 */
const errorOf = ({ rows, columns }: Violation, accelerated: boolean, omega: number): number =>
  accelerated ? columns : omega === 1 ? rows : rows + columns;

/** Moves v on from its plain update. */
function accelerate(
  anderson: Anderson,
  weights: LogWeights,
  state: State,
  before: Float64Array,
): void {
  const f = state.v.map((value, j) => value - (before[j] as number));
  const step = anderson.step(f, dualSum(weights, state.u, before), state.error);
  if (step !== f) state.v = plus(before, step);
}
