import { ArgumentError } from "@x/tensor";
import { rng } from "@x/tensor/random";
import { feasibilityNote } from "../internal/bottleneck";
import { checkOptionNames, type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import { checkWays } from "../internal/paths";
import { checkMassRange } from "../internal/ranges";
import { type Matrix, readMasses, readMatrix } from "../internal/read";
import type { OTProgress, OTResult, SolverOptions } from "../result";
import { readEps } from "../sinkhorn/prepare";
import { denseResult } from "../sinkhorn/result";
import { warned } from "../sinkhorn/sinkhorn";
import type { Values } from "../values";
import { indexByWeight } from "./index-by-weight";
import { softMinimum, withAllPotentials } from "./soft-transform";

/** Options of {@link semiDualSag} and {@link semiDualSgd}. */
export interface SemiDualOptions extends SolverOptions {
  /** Largest marginal error to stop at, as a fraction of the mass; default 10⁻³; 0 takes all steps. */
  readonly tol?: number | undefined;
  /** Most steps; default 10 000. */
  readonly maxIterations?: number | undefined;
  /** ε > 0 in units of the cost; default 0.05 times the standard deviation of the costs between points with weight. */
  readonly eps?: number | undefined;
  /** Factor of the step; default 1. */
  readonly rate?: number | undefined;
  /** Of the rows that are drawn; default 0. */
  readonly seed?: number | undefined;
}

const NAMES: OptionNames<SemiDualOptions> = {
  eps: 1,
  ...SOLVER_NAMES,
  rate: 1,
  seed: 1,
};

const TOLERANCE = 1e-3;
const STEPS = 10_000;
/** Passes over all rows from one look at the marginal error to the next; a look takes as long as one of them. */
const EPOCHS = 10;
/** Steps end at this part of the tolerance, so that the plan's own error, rounded otherwise, is within it. */
const MARGIN = 0.99;

/** A discrete problem with mass 1. */
interface Problem {
  readonly costs: Matrix;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly eps: number;
}

/** b_j exp((g_j − C_ij)/ε) normalised over j, into `out`. */
function softmax({ costs, b, eps }: Problem, i: number, g: Float64Array, out: Float64Array): void {
  const m = b.length;
  const at = i * m;
  let top = -Infinity;
  for (let j = 0; j < m; j++)
    if ((b[j] as number) > 0)
      top = Math.max(top, (g[j] as number) - (costs.data[at + j] as number));
  let sum = 0;
  for (let j = 0; j < m; j++) {
    const weight = b[j] as number;
    const z = (g[j] as number) - (costs.data[at + j] as number) - top;
    const value = weight > 0 && top > -Infinity ? weight * Math.exp(z / eps) : 0;
    out[j] = value;
    sum += value;
  }
  // A row with no allowed pair pulls at nothing.
  if (sum > 0) for (let j = 0; j < m; j++) out[j] = (out[j] as number) / sum;
}

/** Decides after some steps whether they may end with these potentials. */
type Look = (g: Float64Array, steps: number) => boolean;

/** What a method does: potentials g, after as many steps as it is given or as a look every `every` steps lets it take. */
type Method = (
  problem: Problem,
  steps: { readonly most: number; readonly every: number; readonly look: Look },
  rate: number,
  seed: number,
) => Float64Array;

/** ‖Pᵀ1 − b‖₁ of the plan with exact rows, in units of the mass. */
function columnError(problem: Problem, g: Float64Array): number {
  const { a, b } = problem;
  const [p, q] = [new Float64Array(b.length), new Float64Array(b.length)];
  for (let i = 0; i < a.length; i++) {
    if (a[i] === 0) continue;
    softmax(problem, i, g, p);
    for (let j = 0; j < b.length; j++)
      q[j] = (q[j] as number) + (a[i] as number) * (p[j] as number);
  }
  return q.reduce((sum, mass, j) => sum + Math.abs(mass - (b[j] as number)), 0);
}

function solve(
  operation: string,
  method: Method,
  a: Values | null,
  b: Values | null,
  C: Values,
  options: SemiDualOptions,
): OTResult {
  checkOptionNames(operation, options, NAMES);
  const costs = readMatrix(operation, "C", C, { forbidden: true });
  const masses = readMasses(operation, a, b, costs.rows, costs.columns);
  checkMassRange(operation, masses.a, masses.b);
  checkWays(operation, costs, masses.a, masses.b);
  const eps = readEps(operation, options.eps, costs, masses);
  const { tol = TOLERANCE, maxIterations = STEPS, rate = 1, seed = 0 } = options;
  if (!(rate > 0 && rate < Infinity))
    throw new ArgumentError(`${operation}: expected rate > 0; got ${rate}`, { rate });
  if (!(tol >= 0)) throw new ArgumentError(`${operation}: expected tol ≥ 0; got ${tol}`, { tol });
  if (!Number.isInteger(maxIterations) || maxIterations < 1) {
    throw new ArgumentError(
      `${operation}: expected maxIterations to be a whole number ≥ 1; got ${maxIterations}`,
      { maxIterations },
    );
  }
  const mass = masses.a.reduce((sum, w) => sum + w, 0);
  const unit = (w: Float64Array): Float64Array => w.map((x) => x / mass);
  const problem = { costs, a: unit(masses.a), b: unit(masses.b), eps };
  const history: OTProgress[] = [];
  let iterations = maxIterations;
  const look: Look = (g, steps) => {
    const error = columnError(problem, g);
    history.push({ stage: operation, iteration: steps, marginalError: error * mass });
    if (error > MARGIN * tol) return false;
    iterations = steps;
    return true;
  };
  const steps = { most: maxIterations, every: EPOCHS * costs.rows, look };
  const g = method(problem, steps, rate, seed);
  // The other potential is exact, and with it the rows.
  const f = Float64Array.from({ length: costs.rows }, (_, i) =>
    softMinimum(g, masses.b, costs.data, eps, i * costs.columns),
  );
  const plan = withAllPotentials({ ...masses, costs, eps }, { f, g }, undefined, undefined);
  const how = { iterations, history, converged: false, status: "", Y: undefined };
  const result = denseResult(plan, how);
  const converged = result.marginalError <= tol * mass;
  if (history.at(-1)?.iteration !== iterations)
    history.push({
      stage: operation,
      iteration: iterations,
      marginalError: result.marginalError,
    });
  const why = (): string => feasibilityNote(costs, masses.a, masses.b) ?? "more steps may help";
  const reason = converged ? "converged" : `not at most ${tol}; ${why()}`;
  const status = `${iterations} steps, marginal error ${result.marginalError.toExponential(2)}, ${reason}`;
  return warned(operation, { ...result, converged, status }, options.warn);
}

/**
 * Entropic optimal transport by stochastic averaged gradients of the semi-dual problem.
 *
 * Maximises Σ_i a_i [Σ_j b_j g_j − ε log Σ_j b_j e^{(g_j − C_ij)/ε}] over g: a step renews the gradient of one random row, and
 * moves along the sum of all that are remembered, by `rate`·ε / (n max a). A step costs O(m), and memory is O(nm).
 *
 * @param a - weights of the rows, shape [n]; null for 1/n each
 * @param b - weights of the columns, shape [m], with the same sum; null for uniform ones
 * @param C - costs, shape [n, m]; +∞ forbids a pair
 * @param options - `maxIterations`, default 10 000, is the most steps; every 10 n of them the marginal error is looked at, and
 *   steps end when it is at most `tol`, default 10⁻³; `tol: 0` takes them all
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on NaN, infinite or negative weights, NaN or −∞ costs, sums that differ, ε ≤ 0
 * @example
 * semiDualSag(null, null, [[0, 1], [1, 0]], { eps: 1 }).linear // about 0.269
 * @see Genevay, Cuturi, Peyré and Bach 2016, "Stochastic Optimization for Large-scale Optimal Transport", algorithm 1
 */
export function semiDualSag(
  a: Values | null,
  b: Values | null,
  C: Values,
  options: SemiDualOptions = {},
): OTResult {
  return solve("semiDualSag", averagedGradients, a, b, C, options);
}

const averagedGradients: Method = (problem, { most, every, look }, rate, seed) => {
  const { a, b, eps } = problem;
  const [n, m] = [a.length, b.length];
  const draw = rng(seed);
  const remembered = new Float64Array(n * m);
  const [g, sum, p] = [new Float64Array(m), new Float64Array(m), new Float64Array(m)];
  const step = (rate * eps) / (n * Math.max(...a));
  for (let k = 1; k <= most; k++) {
    const i = draw.integer(n);
    softmax(problem, i, g, p);
    for (let j = 0; j < m; j++) {
      const slope = (a[i] as number) * ((b[j] as number) - (p[j] as number));
      sum[j] = (sum[j] as number) + slope - (remembered[i * m + j] as number);
      remembered[i * m + j] = slope;
      g[j] = (g[j] as number) + step * (sum[j] as number);
    }
    if (k % every === 0 && look(g, k)) break;
  }
  return g;
};

/**
 * Entropic optimal transport by averaged stochastic gradients of the semi-dual problem.
 *
 * As {@link semiDualSag}, with rows drawn by their weights, steps `rate`·ε / (max b √k) and the mean of all g as the
 * result: memory is O(m) beyond the costs.
 *
 * @param a - weights of the rows, shape [n]; null for 1/n each
 * @param b - weights of the columns, shape [m], with the same sum; null for uniform ones
 * @param C - costs, shape [n, m]; +∞ forbids a pair
 * @param options - as for {@link semiDualSag}
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on NaN, infinite or negative weights, NaN or −∞ costs, sums that differ, ε ≤ 0
 * @example
 * semiDualSgd(null, null, [[0, 1], [1, 0]], { eps: 1, warn: false }).linear // about 0.27
 * @see Genevay, Cuturi, Peyré and Bach 2016, algorithm 2
 */
export function semiDualSgd(
  a: Values | null,
  b: Values | null,
  C: Values,
  options: SemiDualOptions = {},
): OTResult {
  return solve("semiDualSgd", averagedPotentials, a, b, C, options);
}

const averagedPotentials: Method = (problem, { most, every, look }, rate, seed) => {
  const { a, b, eps } = problem;
  const m = b.length;
  const draw = rng(seed);
  const index = indexByWeight(a);
  const [g, mean, p] = [new Float64Array(m), new Float64Array(m), new Float64Array(m)];
  const first = (rate * eps) / Math.max(...b);
  for (let k = 1; k <= most; k++) {
    softmax(problem, index(draw.uniform()), g, p);
    const step = first / Math.sqrt(k);
    for (let j = 0; j < m; j++) {
      g[j] = (g[j] as number) + step * ((b[j] as number) - (p[j] as number));
      mean[j] = (mean[j] as number) + ((g[j] as number) - (mean[j] as number)) / k;
    }
    if (k % every === 0 && look(mean, k)) break;
  }
  return mean;
};
