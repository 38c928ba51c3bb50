import { ArgumentError } from "@x/tensor";
import { type Matrix, readMasses, readMatrix, readVector } from "../internal/read";
import type { OTResult } from "../result";
import type { Values } from "../values";
import { type EntropicProblem, type Potentials, solveDense } from "./entropic";
import type { SinkhornOptions } from "./options";
import { readEps } from "./prepare";
import { type SolveOptions, solveEntropic } from "./solve";

/** Marginal error to stop at, in f64. */
export const TOLERANCE = 1e-9;
const MAX_ITERATIONS = 2000;

/**
 * Entropic optimal transport between two weighted sets of points with given costs.
 *
 * Minimises ⟨P, C⟩ + ε KL(P | a⊗b) over P ≥ 0 with row sums a and column sums b. The solution has the form
 * P_ij = a_i b_j exp((f_i + g_j − C_ij)/ε); the potentials are those with Σ a f = Σ b g. Iterations of Sinkhorn, in
 * one pass over the matrix each, over-relaxed by their observed rate; when they would take long, Newton's method.
 *
 * @param a - weights of the rows, shape [n], ≥ 0; null for 1/n each
 * @param b - weights of the columns, shape [m], with the same sum to 10⁻⁶; null for uniform ones. Shape [m, k] stands
 *   for k targets with the same costs
 * @param C - costs, shape [n, m]; +∞ forbids a pair
 * @returns values, potentials, the plan and how the iteration ended; for k targets an array of k results
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on NaN, infinite or negative weights, NaN or −∞ costs, sums that differ, ε ≤ 0, or a point with
 *   mass and no allowed pair
 * @example
 * sinkhorn(null, null, [[0, 1], [1, 0]], { eps: 1 }).linear // 0.26894142
 * @see Cuturi 2013; Schmitzer 2019 (stabilised scaling); Thibault et al. 2021 (over-relaxation)
 */
export function sinkhorn(
  a: Values | null,
  b: Values | null,
  C: Values,
  options: SinkhornOptions = {},
): OTResult {
  return entropicTransport(
    "sinkhorn",
    a,
    b,
    readMatrix("sinkhorn", "C", C, { forbidden: true }),
    options,
  );
}

/** As {@link sinkhorn}, for a cost matrix that has been read. */
export function entropicTransport(
  operation: string,
  a: Values | null | undefined,
  b: Values | null | undefined,
  costs: Matrix,
  options: SinkhornOptions & SolveOptions & { readonly Y?: Values },
): OTResult {
  checkOptions(operation, options);
  const masses = readMasses(operation, a, b, costs.rows, costs.columns);
  const init = options.init && readInit(operation, options.init, costs);
  const eps = readEps(operation, options.eps, costs);
  const problem: EntropicProblem = { operation, costs, ...masses, eps, init, Y: options.Y };
  const { tol = TOLERANCE, maxIterations = MAX_ITERATIONS, mode } = options;
  const checkEvery = options.checkEvery ?? (mode === "log" ? 1 : 10);
  const result = solveDense(problem, { tol, maxIterations, checkEvery }, (session) =>
    solveEntropic(session, options, init !== undefined),
  );
  return warned(operation, result, options.warn);
}

/** Prints the status of what did not converge, unless that is silenced. */
export function warned<R extends OTResult>(operation: string, result: R, warn = true): R {
  if (warn && !result.converged) console.warn(`${operation}: ${result.status}`);
  return result;
}

/** Potentials to start from. */
export function readInit(
  operation: string,
  init: { readonly f: Values; readonly g: Values },
  costs: Matrix,
): Potentials {
  return {
    f: readVector(operation, "init.f", init.f, costs.rows),
    g: readVector(operation, "init.g", init.g, costs.columns),
  };
}

function checkOptions(operation: string, { overrelax, anneal, ...options }: SinkhornOptions): void {
  const within = (name: string, value: unknown, low: number, high: number): void => {
    if (typeof value !== "number" || (value > low && value < high)) return;
    throw new ArgumentError(
      `${operation}: expected ${name} between ${low} and ${high}; got ${value}`,
      { [name]: value },
    );
  };
  within("overrelax", overrelax, 0, 2);
  within("anneal", anneal, 0, 1);
  within("tol", options.tol, 0, Infinity);
  const count = (name: string, value: number | undefined): void => {
    if (value === undefined || (Number.isInteger(value) && value >= 1)) return;
    throw new ArgumentError(
      `${operation}: expected ${name} to be a whole number ≥ 1; got ${value}`,
      {
        [name]: value,
      },
    );
  };
  count("maxIterations", options.maxIterations);
  count("checkEvery", options.checkEvery);
  const modes = ["auto", "scaling", "log", "stabilized"];
  if (options.mode !== undefined && !modes.includes(options.mode)) {
    throw new ArgumentError(
      `${operation}: expected mode ${modes.join(", ")}; got ${options.mode}`,
      { mode: options.mode },
    );
  }
}
