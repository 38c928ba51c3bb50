import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import { key, split, uniform } from "@x/tensor/random";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { checkOptionsGiven } from "../internal/options";
import { applyPlan } from "../internal/plan-vectors";
import { readMasses, total } from "../internal/read";
import { pick, support } from "../internal/support";
import type { OTProgress, SolverOptions } from "../result";
import type { Values } from "../values";
import { type Couplings, projectCouplings } from "./dykstra";
import { type CostFactors, type FactoredCost, readFactors } from "./factored-cost";
import { change, gradients, largestSlope, mirrorStep, stepSize } from "./mirror-step";
import { crossProduct, product, timesVector, transposeTimes } from "./products";

const NAME = "sinkhornLowRank";
const MAX_ITERATIONS = 2000;
/** Change between two steps at which to stop, before it is scaled. */
const CHANGE = 1e-3;

/** Options of {@link sinkhornLowRank}. */
export interface SinkhornLowRankOptions extends Omit<SolverOptions, "tol"> {
  /** Rank r of the plan, 1 ≤ r ≤ min(n, m). */
  readonly rank: number;
  /** Weights of the rows, shape [n]; default 1/n each. */
  readonly a?: Values | null | undefined;
  /** Weights of the columns, shape [m], with the same sum; default uniform. */
  readonly b?: Values | null | undefined;
  /** Weight ε ≥ 0 of the entropies of the three factors, in units of the cost; default 0. */
  readonly eps?: number | undefined;
  /** γ0 of the steps γ0 / max|gradient|²; default 10. */
  readonly gamma?: number | undefined;
  /** Least weight of a component, below 1/r; default 10⁻¹⁰. */
  readonly alpha?: number | undefined;
  /** Steps end when they change the factors by less than 10⁻³ times this; default 1. */
  readonly tolScale?: number | undefined;
  /** Largest error of the marginals after each projection; default 10⁻⁷. */
  readonly projectionTol?: number | undefined;
  /** Of the factors to start from; default 0. */
  readonly seed?: number | undefined;
}

const NAMES: OptionNames<SinkhornLowRankOptions> = {
  ...{ rank: 1, a: 1, b: 1, eps: 1, gamma: 1, alpha: 1, tolScale: 1, projectionTol: 1 },
  ...{ seed: 1, maxIterations: 1, warn: 1 },
};

/** A plan P = Q diag(1/g) Rᵀ. */
export interface SinkhornLowRankResult {
  /** ⟨P, C⟩. */
  readonly linear: number;
  /** Coupling of a and g, shape [n, r]. */
  readonly Q: Tensor;
  /** Coupling of b and g, shape [m, r]. */
  readonly R: Tensor;
  /** Weights of the components, shape [r]. */
  readonly g: Tensor;
  /** P, shape [n, m]; computed at every call. */
  plan(): Tensor;
  /** P V in O((n + m) r) for V of shape [m] or [m, k]; inside grad, jit and vmap it throws a TraceError, unlike `plan().matmul(V)`. */
  apply(V: Values): Tensor;
  /** Pᵀ V for V of shape [n] or [n, k]. */
  applyT(V: Values): Tensor;
  /** ‖P1 − a‖₁ + ‖Pᵀ1 − b‖₁. */
  readonly marginalError: number;
  readonly iterations: number;
  readonly converged: boolean;
  readonly status: string;
  /** The change of the factors in each step, in place of a marginal error. */
  readonly history: readonly OTProgress[];
}

/**
 * Optimal transport by a plan of low rank, in time and memory linear in n + m.
 *
 * Minimises ⟨P, C⟩ over P = Q diag(1/g) Rᵀ with Q ∈ Π(a, g), R ∈ Π(b, g), g ≥ α, for a cost C = A Bᵀ given by its factors:
 * mirror descent, each step projected by Dykstra's algorithm. The problem is not convex: the result depends on the seed.
 *
 * @param cost - `{ X, Y }`, points of shapes [n, d] and [m, d] with squared Euclidean costs, whose factors have d + 2 columns; or
 *   `{ A, B }`, factors of shapes [n, k] and [m, k]
 * @param options - `rank`, and how to solve
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on a rank outside 1 … min(n, m), α outside [0, 1/r), and bad numbers
 * @example
 * sinkhornLowRank({ X: [[0], [1], [9]], Y: [[0], [1], [9]] }, { rank: 2 }).linear // about 1/3: {0, 1} is one component
 * @see Scetbon, Cuturi and Peyré 2021, "Low-Rank Sinkhorn Factorization"
 */
export function sinkhornLowRank(
  cost: FactoredCost,
  options: SinkhornLowRankOptions,
): SinkhornLowRankResult {
  checkOptionsGiven(NAME, options, "{ rank }");
  checkOptionNames(NAME, options, NAMES);
  const factors = readFactors(NAME, cost);
  const [n, m] = [factors.A.rows, factors.B.rows];
  const { a, b } = readMasses(NAME, options.a, options.b, n, m);
  checkOptions(options, Math.min(n, m));
  const mass = total(a);
  const [rows, columns] = [support(a), support(b)];
  const inside: CostFactors = {
    A: pickRows(factors.A, rows),
    B: pickRows(factors.B, columns),
  };
  const run = descend(
    inside,
    pick(a, rows).map((w) => w / mass),
    pick(b, columns).map((w) => w / mass),
    options,
  );
  const restore = (X: Float64Array, at: Int32Array | undefined, count: number): Float64Array =>
    scatterRows(
      X.map((x) => x * mass),
      at,
      count,
      options.rank,
    );
  const couplings = {
    Q: restore(run.couplings.Q, rows, n),
    R: restore(run.couplings.R, columns, m),
    g: run.couplings.g.map((x) => x * mass),
  };
  const status = `low rank: ${run.iterations} steps, ${run.converged ? "converged" : "the last of which still changed the factors; more steps or a smaller gamma may help"}`;
  if (!run.converged && options.warn !== false) console.warn(`${NAME}: ${status}`);
  return { ...planOf(couplings, a, b), ...run.outcome(mass), status };
}

function checkOptions(
  { rank, eps = 0, gamma = 10, alpha = 1e-10, ...o }: SinkhornLowRankOptions,
  most: number,
): void {
  const refuse = (what: string, value: number): never => {
    throw new ArgumentError(`${NAME}: expected ${what}; got ${value}`, { value });
  };
  if (!Number.isInteger(rank) || rank < 1 || rank > most)
    refuse(`rank to be a whole number from 1 to min(n, m) = ${most}`, rank);
  if (!(eps >= 0 && eps < Infinity)) refuse("eps ≥ 0, in units of the cost", eps);
  if (!(gamma > 0 && gamma < Infinity)) refuse("gamma > 0", gamma);
  if (!(alpha >= 0 && alpha < 1 / rank))
    refuse(`alpha from 0 to below 1/rank = ${1 / rank}`, alpha);
  const { maxIterations = MAX_ITERATIONS } = o;
  if (!Number.isInteger(maxIterations) || maxIterations < 1)
    refuse("maxIterations to be a whole number ≥ 1", maxIterations);
}

function pickRows(
  z: { data: Float64Array; rows: number; columns: number },
  indices: Int32Array | undefined,
): typeof z {
  if (indices === undefined) return z;
  const data = new Float64Array(indices.length * z.columns);
  for (const [k, i] of indices.entries())
    data.set(z.data.subarray(i * z.columns, (i + 1) * z.columns), k * z.columns);
  return { data, rows: indices.length, columns: z.columns };
}

function scatterRows(
  X: Float64Array,
  at: Int32Array | undefined,
  count: number,
  r: number,
): Float64Array {
  if (at === undefined) return X;
  const out = new Float64Array(count * r);
  for (const [k, i] of at.entries()) out.set(X.subarray(k * r, (k + 1) * r), i * r);
  return out;
}

/** Positive random couplings whose rows have the right sums; the first projection does the rest. */
function start(a: Float64Array, b: Float64Array, r: number, seed: number): Couplings {
  const keys = split(key(seed), 3);
  const draw = (k: number, shape: number[]): Float64Array =>
    uniform(keys[k] as Tensor, shape, { dtype: "f64" })
      .add(0.1)
      .dataSync() as Float64Array;
  const rows = (X: Float64Array, w: Float64Array): Float64Array => {
    const sums = timesVector(X, new Float64Array(r).fill(1), w.length);
    return X.map((x, k) => {
      const i = Math.floor(k / r);
      return (x / (sums[i] as number)) * (w[i] as number);
    });
  };
  const g = draw(2, [r]);
  const sum = total(g);
  return {
    Q: rows(draw(0, [a.length, r]), a),
    R: rows(draw(1, [b.length, r]), b),
    g: g.map((x) => x / sum),
  };
}

interface Run {
  readonly couplings: Couplings;
  readonly iterations: number;
  readonly converged: boolean;
  outcome(
    mass: number,
  ): Pick<SinkhornLowRankResult, "linear" | "iterations" | "converged" | "history">;
}

function descend(
  { A, B }: CostFactors,
  a: Float64Array,
  b: Float64Array,
  options: SinkhornLowRankOptions,
): Run {
  const { rank, eps = 0, gamma = 10, alpha = 1e-10, seed = 0 } = options;
  const { maxIterations = MAX_ITERATIONS, tolScale = 1, projectionTol = 1e-7 } = options;
  const projection = { alpha, tol: projectionTol, maxIterations: 2000 };
  const history: OTProgress[] = [];
  // Feasible from the first step on.
  const first = start(a, b, rank, seed);
  let couplings = projectCouplings({ xi1: first.Q, xi2: first.R, xi3: first.g }, a, b, projection);
  // Steps and the rule for stopping have no unit: they are those of a cost with first gradients of largest entry 1.
  const scale = largestSlope(gradients(A, B, couplings)) || 1;
  const scaled = { ...A, data: A.data.map((x) => x / scale) };
  const entropy = eps / scale;
  let slopes = gradients(scaled, B, couplings);
  let converged = false;
  // Random factors are near a saddle, from which the first steps lead away slowly and then faster: no end as long as they grow.
  let before = 0;
  for (let iteration = 1; iteration <= maxIterations && !converged; iteration++) {
    const step = stepSize(couplings, slopes, entropy, gamma);
    const next = projectCouplings(mirrorStep(couplings, slopes, step, entropy), a, b, projection);
    const moved = change(next, couplings);
    // Steps of an extreme gamma underflow: what there was before them is the result.
    if (!Number.isFinite(moved)) break;
    history.push({ stage: "low rank", iteration, marginalError: moved });
    couplings = next;
    slopes = gradients(scaled, B, couplings);
    converged = iteration > 1 && moved <= before && moved < CHANGE * tolScale;
    before = moved;
  }
  const iterations = history.length;
  return {
    couplings,
    iterations,
    converged,
    outcome: (mass) => ({ linear: slopes.linear * scale * mass, iterations, converged, history }),
  };
}

/** P = Q diag(1/g) Rᵀ as a matrix and as an operator. */
function planOf(
  { Q, R, g }: Couplings,
  a: Float64Array,
  b: Float64Array,
): Pick<SinkhornLowRankResult, "Q" | "R" | "g" | "plan" | "apply" | "applyT" | "marginalError"> {
  const [n, m, r] = [a.length, b.length, g.length];
  const wrap = (data: Float64Array, shape: number[]): Tensor =>
    tensor(data, { shape, copy: false });
  const between = (
    Left: Float64Array,
    rows: number,
    Right: Float64Array,
    count: number,
    V: Float64Array,
    width: number,
  ): Float64Array => {
    const inner = crossProduct(Right, V, count, r, width);
    return product(
      Left,
      inner.map((x, k) => x / (g[Math.floor(k / width)] as number)),
      rows,
      r,
      width,
    );
  };
  const distance = (x: Float64Array, y: Float64Array): number =>
    total(x.map((value, i) => Math.abs(value - (y[i] as number))));
  const sums = (X: Float64Array, Z: Float64Array, rows: number, count: number): Float64Array => {
    const columns = transposeTimes(Z, new Float64Array(count).fill(1), r);
    return timesVector(
      X,
      columns.map((x, k) => x / (g[k] as number)),
      rows,
    );
  };
  return {
    Q: wrap(Q, [n, r]),
    R: wrap(R, [m, r]),
    g: wrap(g, [r]),
    plan: () =>
      wrap(Q, [n, r])
        .div(wrap(g, [r]))
        .matmul(wrap(R, [m, r]).T),
    apply: (V) => applyPlan("apply", V, [m, n], (x, width) => between(Q, n, R, m, x, width)),
    applyT: (V) => applyPlan("applyT", V, [n, m], (x, width) => between(R, m, Q, n, x, width)),
    marginalError: distance(sums(Q, R, n, m), a) + distance(sums(R, Q, m, n), b),
  };
}
