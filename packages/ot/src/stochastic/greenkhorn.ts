import { feasibilityNote } from "../internal/bottleneck";
import { checkChoice } from "../internal/choice";
import { checkOptionNames, type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import { checkWays } from "../internal/paths";
import { checkMassRange } from "../internal/ranges";
import { type Matrix, readMasses, readMatrix, total } from "../internal/read";
import { pick, pickBlock, support } from "../internal/support";
import type { OTProgress, OTResult, SolverOptions } from "../result";
import { forEachPlanBlock } from "../sinkhorn/plan-blocks";
import { readEps } from "../sinkhorn/prepare";
import { denseResult } from "../sinkhorn/result";
import { warned } from "../sinkhorn/sinkhorn";
import type { Values } from "../values";
import { withAllPotentials } from "./soft-transform";

const NAME = "greenkhorn";
const TOLERANCE = 1e-9;
const MAX_STEPS = 10_000;

/** Options of {@link greenkhorn}. */
export interface GreenkhornOptions extends SolverOptions {
  /** ε > 0 in units of the cost; default 0.05 times the standard deviation of the costs between points with weight. */
  readonly eps?: number | undefined;
  /**
   * Which row or column is next: the one whose sum r is farthest from its weight a by |r − a| (`absolute`, default), or
   * by r − a + a log(a/r) (`divergence`), for which the published bound on the number of steps holds.
   */
  readonly rule?: "absolute" | "divergence" | undefined;
}

const NAMES: OptionNames<GreenkhornOptions> = {
  eps: 1,
  rule: 1,
  ...SOLVER_NAMES,
};

/**
 * Entropic optimal transport that rescales one row or column at a time, the one that is farthest off.
 *
 * The same problem as `sinkhorn`. A step costs O(n + m) instead of O(nm), which pays off where few marginals are off; on
 * most problems `sinkhorn` is faster.
 *
 * @param a - weights of the rows, shape [n]; null for 1/n each
 * @param b - weights of the columns, shape [m], with the same sum; null for uniform ones
 * @param C - costs, shape [n, m]; +∞ forbids a pair
 * @param options - `maxIterations`, default 10 000, counts steps
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on NaN, infinite or negative weights, NaN or −∞ costs, sums that differ, ε ≤ 0, or a point with mass
 *   and no allowed pair
 * @example
 * greenkhorn(null, null, [[0, 1], [1, 0]], { eps: 1 }).linear // 0.26894142
 * @see Altschuler, Weed and Rigollet 2017, "Near-linear time approximation algorithms for optimal transport via Sinkhorn iteration"
 */
export function greenkhorn(
  a: Values | null,
  b: Values | null,
  C: Values,
  options: GreenkhornOptions = {},
): OTResult {
  checkOptionNames(NAME, options, NAMES);
  const costs = readMatrix(NAME, "C", C, { forbidden: true });
  const masses = readMasses(NAME, a, b, costs.rows, costs.columns);
  checkMassRange(NAME, masses.a, masses.b);
  checkWays(NAME, costs, masses.a, masses.b);
  const { maxIterations = MAX_STEPS, rule = "absolute" } = options;
  const tol = (options.tol ?? TOLERANCE) * total(masses.a);
  checkChoice(NAME, "rule", rule, ["absolute", "divergence"]);
  const eps = readEps(NAME, options.eps, costs, masses);
  const [rows, columns] = [support(masses.a), support(masses.b)];
  const problem = new Scaling(
    pickBlock(costs, rows, columns),
    pick(masses.a, rows),
    pick(masses.b, columns),
    eps,
  );
  const history = run(problem, { tol, maxIterations, rule });
  const steps = problem.steps;
  const plan = withAllPotentials({ ...masses, costs, eps }, problem, rows, columns);
  const how = { iterations: steps, history, converged: false, status: "", Y: undefined };
  const result = denseResult(plan, how);
  const converged = result.marginalError <= tol;
  const why = (): string =>
    feasibilityNote(costs, masses.a, masses.b) ?? "more steps or a larger eps may help";
  const reason = converged ? "converged" : `not at most ${tol}; ${why()}`;
  const status = `${steps} steps, marginal error ${result.marginalError.toExponential(2)}, ${reason}`;
  return warned(NAME, { ...result, converged, status }, options.warn);
}

/** A plan that is rescaled in place, its potentials and its marginals; {@link Scaling.refresh} begins it. */
class Scaling {
  readonly f: Float64Array;
  readonly g: Float64Array;
  readonly p: Float64Array;
  readonly q: Float64Array;
  readonly #plan: Float64Array;
  steps = 0;
  readonly costs: Matrix;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly eps: number;

  constructor(costs: Matrix, a: Float64Array, b: Float64Array, eps: number) {
    this.costs = costs;
    this.a = a;
    this.b = b;
    this.eps = eps;
    const { data, rows: n, columns: m } = costs;
    this.#plan = new Float64Array(n * m);
    [this.f, this.g] = [new Float64Array(n), new Float64Array(m)];
    [this.p, this.q] = [new Float64Array(n), new Float64Array(m)];
    // From here no row and no column can underflow as a whole.
    for (let i = 0; i < n; i++) this.f[i] = least(data, i * m, 1, m, undefined);
    for (let j = 0; j < m; j++) this.g[j] = least(data, j, m, n, this.f);
  }

  /** Computes the plan from the potentials, and its marginals. */
  refresh(): void {
    const { a, b, f, g, eps } = this;
    const [plan, m] = [this.#plan, b.length];
    forEachPlanBlock({ a, b, f, g, eps, costs: this.costs.data }, ({ first, rows, ...block }) => {
      for (let i = 0, from = 0; i < rows; i++, from += block.stride)
        plan.set(block.values.subarray(from, from + m), (first + i) * m);
    });
    this.sum();
  }

  /** Computes the marginals from the plan, without what rounding has added up to in them. */
  sum(): void {
    const { p, q } = this;
    const [plan, m] = [this.#plan, q.length];
    q.fill(0);
    for (let i = 0, k = 0; i < p.length; i++) {
      let sum = 0;
      for (let j = 0; j < m; j++, k++) {
        const value = plan[k] as number;
        sum += value;
        q[j] = (q[j] as number) + value;
      }
      p[i] = sum;
    }
  }

  /** Gives row i its weight. */
  row(i: number): void {
    const m = this.q.length;
    const factor = (this.a[i] as number) / (this.p[i] as number);
    this.p[i] = rescale(this.#plan, i * m, 1, factor, this.q);
    this.f[i] = (this.f[i] as number) + this.eps * Math.log(factor);
  }

  /** Gives column j its weight. */
  column(j: number): void {
    const factor = (this.b[j] as number) / (this.q[j] as number);
    this.q[j] = rescale(this.#plan, j, this.q.length, factor, this.p);
    this.g[j] = (this.g[j] as number) + this.eps * Math.log(factor);
  }
}

/**
 * Multiplies a row or column of the plan by a factor, and adds what that changes to the other side's sums.
 *
 * @returns its new sum
 */
function rescale(
  plan: Float64Array,
  from: number,
  stride: number,
  factor: number,
  others: Float64Array,
): number {
  let sum = 0;
  for (let l = 0, k = from; l < others.length; l++, k += stride) {
    const old = plan[k] as number;
    const value = old * factor;
    plan[k] = value;
    sum += value;
    others[l] = (others[l] as number) + value - old;
  }
  return sum;
}

/** The least of some costs less a potential; 0 if all are forbidden. */
function least(
  data: Float64Array,
  from: number,
  stride: number,
  count: number,
  potential: Float64Array | undefined,
): number {
  let result = Infinity;
  for (let k = 0; k < count; k++)
    result = Math.min(result, (data[from + k * stride] as number) - (potential?.[k] ?? 0));
  return result === Infinity ? 0 : result;
}

/** x − log(1 + x), by its series where the difference would have no digits left. */
function logDefect(x: number): number {
  if (Math.abs(x) > 1e-3) return x - Math.log1p(x);
  return x * x * (1 / 2 - x * (1 / 3 - x * (1 / 4 - x * (1 / 5 - x / 6))));
}

/** How far a sum is from its weight. */
function violation(weight: number, sum: number, divergence: boolean): number {
  if (!divergence) return Math.abs(sum - weight);
  return sum > 0 ? weight * logDefect((sum - weight) / weight) : Infinity;
}

/** How far some sums are from their weights in all, and which of them is the farthest. */
interface Farthest {
  readonly error: number;
  readonly worst: number;
  readonly at: number;
}

function farthest(weights: Float64Array, sums: Float64Array, divergence: boolean): Farthest {
  let error = 0;
  let worst = -1;
  let at = 0;
  for (let k = 0; k < weights.length; k++) {
    const weight = weights[k] as number;
    const sum = sums[k] as number;
    error += Math.abs(sum - weight);
    const off = violation(weight, sum, divergence);
    // What has lost all its mass has no factor that would bring it back.
    if (off > worst && sum > 0) {
      worst = off;
      at = k;
    }
  }
  return { error, worst, at };
}

/** Rounds of n + m steps after which the plan is computed anew: each rounds an entry twice or so. */
const ROUNDS = 64;

/** Steps until the marginal error is small; its course, once for every n + m steps. */
function run(
  s: Scaling,
  options: { tol: number; maxIterations: number; rule: "absolute" | "divergence" },
): OTProgress[] {
  const history: OTProgress[] = [];
  const divergence = options.rule === "divergence";
  const round = s.p.length + s.q.length;
  for (; ; s.steps++) {
    if (s.steps % (ROUNDS * round) === 0) s.refresh();
    else if (s.steps % round === 0) s.sum();
    const row = farthest(s.a, s.p, divergence);
    const column = farthest(s.b, s.q, divergence);
    const error = row.error + column.error;
    if (s.steps % round === 0)
      history.push({ stage: "greenkhorn", iteration: s.steps, marginalError: error });
    // Half of it, as rounding in the running sums adds to the error.
    const done = error <= 0.5 * options.tol || Math.max(row.worst, column.worst) <= 0;
    if (done || s.steps >= options.maxIterations) return history;
    if (row.worst >= column.worst) s.row(row.at);
    else s.column(column.at);
  }
}
