import { tensor } from "@x/tensor";
import type { Cost } from "../costs/cost";
import { costMatrix } from "../costs/cost-matrix";
import { MOMENTUM, STEP } from "../internal/heavy-ball";
import type { LogSums } from "../internal/log-sums";
import { type Matrix, total } from "../internal/read";
import { pick } from "../internal/support";
import { sinkhorn } from "../sinkhorn/sinkhorn";
import type { Pairs } from "../streaming/pairs";
import { withPairs } from "../streaming/problem";
import { sinkhornPoints } from "../streaming/sinkhorn-points";
import { dualIteration } from "../unbalanced/dual-iteration";
import { marginalPenalty } from "../unbalanced/marginal-penalty";
import { translation } from "../unbalanced/translation";
import { exponents, type Measure } from "./measure";

/** What the problems of a divergence have in common. */
export interface Settings {
  readonly cost: Cost;
  readonly eps: number;
  /** Infinite for balanced problems. */
  readonly rho: number;
  /** Of marginal errors, as fractions of the mass. */
  readonly tol: number;
  readonly maxIterations: number;
}

/** Potentials of one problem and how well they solve it. */
export interface Solved {
  readonly f: Float64Array;
  readonly g: Float64Array;
  /** A fraction of the mass. */
  readonly error: number;
  readonly iterations: number;
}

/** Entries up to which a matrix of costs is made for the solver that ends by Newton's method. */
const DENSE = 1 << 21;
/** The same for costs that only a function knows, which tiles would evaluate again and again. */
const DENSE_FUNCTION = 1 << 24;

/** A matrix as a tensor. */
export const matrixTensor = ({ data, rows, columns }: Matrix): ReturnType<typeof tensor> =>
  tensor(data, { shape: [rows, columns], copy: false });

/** Sums of binary exponentials as sums of natural ones. */
const naturalSums = (pairs: Pairs): LogSums => {
  const binary = (x: Float64Array): Float64Array => x.map((value) => value / Math.LN2);
  const natural = (x: Float64Array): Float64Array => x.map((value) => value * Math.LN2);
  return {
    rows: (y) => natural(pairs.rowSums(binary(y))),
    columns: (x) => natural(pairs.columnSums(binary(x))),
  };
};

/** Potentials at all points of `at`, given those of the points with mass of another measure. */
function extended(at: Measure, from: Measure, h: Float64Array, settings: Settings): Float64Array {
  const { cost, eps, rho } = settings;
  const penalty = marginalPenalty("kl", rho);
  const ones = new Float64Array(at.points.rows).fill(1);
  const problem = { X: at.points, Y: from.massive, a: ones, b: from.masses, cost };
  return withPairs(problem, eps, (pairs) =>
    pairs
      .rowSums(exponents(h, from.masses, eps))
      .map((sum) => penalty.update(-eps * Math.LN2 * sum, eps)),
  );
}

/** The values of the points with mass among those of all points. */
function placed(
  at: Measure,
  from: Measure,
  values: Float64Array,
  h: Float64Array,
  settings: Settings,
): Float64Array {
  if (at.places === undefined) return values;
  const out = extended(at, from, h, settings);
  for (const [k, i] of at.places.entries()) out[i] = values[k] as number;
  return out;
}

/**
 * The potential of a measure against itself: the fixed point of f = softmin f, by updates with {@link STEP} and
 * {@link MOMENTUM}.
 *
 * Where exp(−C/ε) is positive definite, errors shrink by a factor of 0.17 with every update, whatever ε is.
 */
export function selfPotential(measure: Measure, settings: Settings, start?: Float64Array): Solved {
  const { massive: X, masses: a, places } = measure;
  const { cost, eps, rho, tol, maxIterations } = settings;
  const penalty = marginalPenalty("kl", rho);
  let f = start === undefined ? new Float64Array(X.rows) : pick(start, places);
  let before = f;
  const mass = total(a);
  let [iterations, error] = [0, Infinity];
  withPairs({ X, Y: X, a, b: a, cost }, eps, (pairs) => {
    while (iterations < maxIterations && !(error <= tol)) {
      const sums = pairs.rowSums(exponents(f, a, eps));
      const next = sums.map((sum) => penalty.update(-eps * Math.LN2 * sum, eps));
      // Both marginals are off by as much.
      error = (2 * violation(a, f, next, eps)) / mass;
      const [now, last] = [f, before];
      before = now;
      f = now.map((x, i) => {
        const momentum = MOMENTUM * (x - (last[i] as number));
        return x + STEP * ((next[i] as number) - x) + momentum;
      });
      iterations++;
    }
  });
  const all = placed(measure, measure, f, f, settings);
  return { f: all, g: all, error, iterations };
}

/** Σ a |exp((f − f')/ε) − 1|: the violation of a marginal before f' has replaced f. */
function violation(a: Float64Array, f: Float64Array, next: Float64Array, eps: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const change = ((f[i] as number) - (next[i] as number)) / eps;
    sum += (a[i] as number) * Math.abs(Math.expm1(Math.min(change, 700)));
  }
  return sum;
}

/** Potentials between two measures. */
export function crossPotentials(
  x: Measure,
  y: Measure,
  settings: Settings,
  start?: { readonly f: Float64Array; readonly g: Float64Array },
): Solved {
  return settings.rho === Infinity
    ? balancedPotentials(x, y, settings, start)
    : unbalancedPotentials(x, y, settings, start);
}

function balancedPotentials(
  x: Measure,
  y: Measure,
  { cost, eps, tol, maxIterations }: Settings,
  init?: { readonly f: Float64Array; readonly g: Float64Array },
): Solved {
  const [X, Y] = [matrixTensor(x.points), matrixTensor(y.points)];
  const options = { eps, maxIterations, init, warn: false };
  const mass = total(x.weights);
  const entries = x.points.rows * y.points.rows;
  const dense = entries <= (typeof cost === "function" ? DENSE_FUNCTION : DENSE);
  const { f, g, marginalError, iterations } = dense
    ? sinkhorn(x.weights, y.weights, costMatrix(X, Y, cost), { ...options, tol })
    : sinkhornPoints(X, Y, { ...options, tol, a: x.weights, b: y.weights, cost });
  const read = (h: typeof f): Float64Array => h.dataSync() as Float64Array;
  return { f: read(f), g: read(g), error: marginalError / mass, iterations };
}

function unbalancedPotentials(
  x: Measure,
  y: Measure,
  settings: Settings,
  init?: { readonly f: Float64Array; readonly g: Float64Array },
): Solved {
  const { cost, eps, rho, tol, maxIterations } = settings;
  const penalty = marginalPenalty("kl", rho);
  const [a, b] = [x.masses, y.masses];
  const start = {
    f: init === undefined ? new Float64Array(a.length) : pick(init.f, x.places),
    g: init === undefined ? new Float64Array(b.length) : pick(init.g, y.places),
  };
  const shift = translation("kl", a, b, [rho, rho]);
  const problem = { a, b, eps, penalties: [penalty, penalty], translation: shift } as const;
  const end = withPairs({ X: x.massive, Y: y.massive, a, b, cost }, eps, (pairs) =>
    dualIteration(naturalSums(pairs), problem, { tol, maxIterations }, start),
  );
  return {
    f: placed(x, y, end.f, end.g, settings),
    g: placed(y, x, end.g, end.f, settings),
    error: end.change,
    iterations: end.iterations,
  };
}
