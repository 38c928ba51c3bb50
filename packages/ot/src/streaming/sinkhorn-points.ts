import { ArgumentError, ShapeError } from "@x/tensor";
import { gaussianStart } from "../gaussian/start";
import { checkOptionNames } from "../internal/option-names";
import { checkCostRange, checkMassRange } from "../internal/ranges";
import { type Matrix, readMasses, readMatrix, readVector, total } from "../internal/read";
import { resolution } from "../internal/resolution";
import { pick, support } from "../internal/support";
import type { OTResult } from "../result";
import { otResult, type PlanMoments } from "../sinkhorn/result";
import { checkAnderson, checkAnneal, checkRelaxation, warned } from "../sinkhorn/sinkhorn";
import type { Values } from "../values";
import { defaultEpsOfPoints } from "./cost-moments";
import { costSpread } from "./cost-spread";
import { iterate, type LogWeights, logWeights, type State } from "./iterations";
import { annealedStart } from "./levels";
import { POINTS_NAMES, type SinkhornPointsOptions } from "./options";
import type { Pairs } from "./pairs";
import { pointOperator } from "./point-operator";
import { checkCost, type PointProblem, withPairs } from "./problem";

const NAME = "sinkhornPoints";
const TOLERANCE = 1e-9;
const MAX_ITERATIONS = 2000;
/** Further attempts when the error, computed at the end, is larger than its estimate was. */
const ATTEMPTS = 3;
const ADVICE = "more iterations, a larger eps or anneal may help";

/**
 * Entropic optimal transport between two clouds of points, without their cost matrix.
 *
 * The same problem and solution as `sinkhorn` of the matrix of costs. Costs are computed tile by tile, whenever they are
 * needed: memory is O((n + m) d). One iteration evaluates every pair once, on all threads, except pairs so far apart that
 * they carry nothing: for squared Euclid and distances in up to 8 dimensions whole tiles are left out by their bounding
 * boxes, with a relative error below 10⁻¹².
 * Where `tol` is less than doubles resolve at this ε, it is raised to that, and `status` says so.
 *
 * @param X - points, shape [n, d]
 * @param Y - points, shape [m, d]
 * @returns values, potentials, and a plan that acts on vectors without being stored; `plan()` stores it, [n, m]
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on NaN, infinite or negative weights, NaN or infinite points, sums that differ, ε ≤ 0,
 *   and points or weights so large that costs or masses overflow
 * @example
 * sinkhornPoints([[0], [1]], [[0], [1]], { eps: 1 }).linear // 0.26894142
 * @see Cuturi 2013; Charlier et al. 2021 (KeOps); the update of both sides in one pass is ours
 */
export function sinkhornPoints(
  X: Values,
  Y: Values,
  options: SinkhornPointsOptions = {},
): OTResult {
  checkOptionNames(NAME, options, POINTS_NAMES);
  const { cost = "sqeuclidean", tol = TOLERANCE, maxIterations = MAX_ITERATIONS } = options;
  checkCost(NAME, cost);
  const [x, y] = [readMatrix(NAME, "X", X), readMatrix(NAME, "Y", Y)];
  if (x.columns !== y.columns) {
    throw new ShapeError(
      `${NAME}: expected points of the same dimension; got X with ${x.columns} and Y with ${y.columns} coordinates`,
      { X: [x.rows, x.columns], Y: [y.rows, y.columns] },
    );
  }
  checkCostRange(NAME, { x, y }, cost);
  const { a, b } = readMasses(NAME, options.a, options.b, x.rows, y.rows);
  checkMassRange(NAME, a, b);
  checkOptions(options, tol, maxIterations);
  const [rows, columns] = [support(a), support(b)];
  const problem: PointProblem = {
    X: pickRows(x, rows),
    Y: pickRows(y, columns),
    a: pick(a, rows),
    b: pick(b, columns),
    cost,
  };
  const eps = options.eps ?? defaultEpsOfPoints(problem);
  const { init } = options;
  const g =
    typeof init === "string"
      ? gaussianStart(NAME, init, cost, () => ({ ...problem, x: problem.X, y: problem.Y, eps })).g
      : init && pick(readVector(NAME, "init.g", init.g, y.rows), columns);
  const solution = solve(problem, eps, g, { ...options, tol: tol * total(a), maxIterations });
  const all = potentials({ x, y, rows, columns }, problem, eps, solution);
  const result = otResult({
    ...{ a, b, ...all, eps, Y: y.columns > 0 ? Y : undefined },
    ...spread(solution.moments, a.length, b.length, rows, columns),
    operator: pointOperator(problem, eps, solution, { n: x.rows, m: y.rows, rows, columns }),
    iterations: solution.state.iterations,
    converged: solution.converged,
    status: solution.status,
    history: solution.state.history,
  });
  return warned(NAME, result, options.warn);
}

function checkOptions(
  { eps, anderson, overrelax, anneal }: SinkhornPointsOptions,
  tol: number,
  maxIterations: number,
): void {
  const refuse = (what: string, value: unknown): never => {
    throw new ArgumentError(`${NAME}: expected ${what}; got ${value}`, { value });
  };
  if (eps !== undefined && !(eps > 0 && eps < Infinity))
    refuse("eps > 0, in units of the cost", eps);
  checkRelaxation(NAME, overrelax);
  checkAnderson(NAME, anderson, overrelax);
  checkAnneal(NAME, anneal);
  if (typeof overrelax === "number" && !(overrelax > 0 && overrelax < 2))
    refuse("overrelax between 0 and 2", overrelax);
  if (typeof anneal === "number" && !(anneal > 0 && anneal < 1))
    refuse("anneal between 0 and 1", anneal);
  if (!(tol > 0)) refuse("tol > 0", tol);
  if (!Number.isInteger(maxIterations) || maxIterations < 1)
    refuse("maxIterations to be a whole number ≥ 1", maxIterations);
}

function pickRows(z: Matrix, indices: Int32Array | undefined): Matrix {
  if (indices === undefined) return z;
  const data = new Float64Array(indices.length * z.columns);
  for (const [k, i] of indices.entries())
    data.set(z.data.subarray(i * z.columns, (i + 1) * z.columns), k * z.columns);
  return { data, rows: indices.length, columns: z.columns };
}

/** Potentials of a problem as binary exponents, how they came about, and what their plan is like. */
export interface PointSolution {
  readonly state: State;
  readonly weights: LogWeights;
  readonly moments: PlanMoments;
  readonly converged: boolean;
  readonly status: string;
}

function solve(
  problem: PointProblem,
  eps: number,
  g: Float64Array | undefined,
  options: SinkhornPointsOptions & { readonly tol: number; readonly maxIterations: number },
): PointSolution {
  const weights = logWeights(problem.a, problem.b);
  const { anneal = false, anderson, overrelax, maxIterations } = options;
  const tol = Math.max(options.tol, resolution(costSpread(problem) / eps) * total(problem.a));
  const state: State = {
    u: new Float64Array(problem.a.length),
    v: weights.logB.map((log, j) => log + (g?.[j] ?? 0) / (eps * Math.LN2)),
    ...{ iterations: 0, error: Infinity, history: [] },
  };
  if (anneal !== false) annealedStart(problem, weights, state, { eps, anneal, maxIterations });
  return withPairs(problem, eps, (pairs) => {
    const stage = pairs.fused ? "streaming" : "streaming, rows and columns apart";
    let moments = { p: problem.a, q: problem.b, linear: 0 };
    let error = Infinity;
    for (let k = 0; k < ATTEMPTS && !(error <= tol); k++) {
      const before = state.iterations;
      iterate(pairs, weights, state, {
        ...{ tol: tol / 2 ** k, maxIterations, anderson, overrelax, stage },
      });
      if (state.iterations === before) break;
      moments = momentsOf(pairs, weights, state);
      error = errorOf(moments, problem);
    }
    const converged = error <= tol;
    const notes = [converged ? "converged" : `not at most ${tol}; ${ADVICE}`];
    if (tol > options.tol) {
      const raised = (tol / total(problem.a)).toExponential(1);
      notes.push(`tol raised to ${raised}, what doubles resolve at this eps`);
    }
    const reached = `${state.iterations} iterations, marginal error ${error.toExponential(2)}`;
    const status = `${stage}: ${reached}, ${notes.join("; ")}`;
    return { state, weights, moments, converged, status };
  });
}

function errorOf({ p, q }: PlanMoments, { a, b }: PointProblem): number {
  const distance = (x: Float64Array, y: Float64Array): number =>
    total(x.map((value, i) => Math.abs(value - (y[i] as number))));
  return distance(p, a) + distance(q, b);
}

/** Marginals of the plan and ⟨P, C⟩. */
function momentsOf(pairs: Pairs, { a }: LogWeights, { u, v }: State): PlanMoments {
  const weighted = pairs.costs(u, v);
  const linear = total(weighted.map((sum, i) => (sum * (a[i] as number)) / pairs.eta));
  const { rows, columns } = pairs.marginals(u, v, a);
  return { p: rows.map((sum, i) => sum * (a[i] as number)), q: columns, linear };
}

/** Both potentials in units of the cost at all points, those of the points without mass by the update formula. */
function potentials(
  {
    x,
    y,
    rows,
    columns,
  }: { x: Matrix; y: Matrix; rows: Int32Array | undefined; columns: Int32Array | undefined },
  problem: PointProblem,
  eps: number,
  { state, weights }: PointSolution,
): { f: Float64Array; g: Float64Array } {
  const unit = eps * Math.LN2;
  let f: Float64Array = state.u.map((u) => unit * u);
  let g: Float64Array = state.v.map((v, j) => unit * (v - (weights.logB[j] as number)));
  if (rows !== undefined) {
    const full = withPairs({ ...problem, X: x, a: new Float64Array(x.rows).fill(1) }, eps, (p) =>
      p.rowSums(state.v),
    );
    f = scatter(
      full.map((sum) => -unit * sum),
      f,
      rows,
    );
  }
  if (columns !== undefined) {
    const shifts = state.u.map((u, i) => u + (weights.logA[i] as number));
    const full = withPairs({ ...problem, Y: y, b: new Float64Array(y.rows).fill(1) }, eps, (p) =>
      p.columnSums(shifts),
    );
    g = scatter(
      full.map((sum) => -unit * sum),
      g,
      columns,
    );
  }
  return centred(f, g, problem, rows, columns);
}

/** `values` with some elements replaced. */
function scatter(values: Float64Array, part: Float64Array, at: Int32Array): Float64Array {
  for (const [k, i] of at.entries()) values[i] = part[k] as number;
  return values;
}

/** Moves a constant between the potentials so that Σ a f = Σ b g. */
function centred(
  f: Float64Array,
  g: Float64Array,
  { a, b }: PointProblem,
  rows: Int32Array | undefined,
  columns: Int32Array | undefined,
): { f: Float64Array; g: Float64Array } {
  const mean = (w: Float64Array, x: Float64Array): number =>
    total(w.map((wi, i) => wi * (x[i] as number)));
  const shift = (mean(b, pick(g, columns)) - mean(a, pick(f, rows))) / (total(a) + total(b));
  return { f: f.map((x) => x + shift), g: g.map((x) => x - shift) };
}

/** Marginals with zeros where there is no mass. */
function spread(
  { p, q, linear }: PlanMoments,
  n: number,
  m: number,
  rows: Int32Array | undefined,
  columns: Int32Array | undefined,
): PlanMoments {
  return {
    p: rows === undefined ? p : scatter(new Float64Array(n), p, rows),
    q: columns === undefined ? q : scatter(new Float64Array(m), q, columns),
    linear,
  };
}
