import { ArgumentError, ShapeError } from "@x/tensor";
import { checkChoice } from "../internal/choice";
import { checkOptionNames } from "../internal/option-names";
import { type Matrix, readMasses, readMatrix, readVector } from "../internal/read";
import type { OTResult } from "../result";
import type { Values } from "../values";
import {
  type EntropicProblem,
  type Method,
  type Potentials,
  solveDense,
  solveTargets,
} from "./entropic";
import { SINKHORN_NAMES } from "./option-names";
import type { SinkhornOptions } from "./options";
import { readEps } from "./prepare";
import { type CostValues, readCosts } from "./read-costs";
import type { SessionOptions } from "./session";
import { type SolveOptions, solveEntropic } from "./solve";

/** Marginal error to stop at, in f64. */
export const TOLERANCE = 1e-9;
const MAX_ITERATIONS = 2000;

/**
 * Entropic optimal transport between two weighted sets of points with given costs.
 *
 * Minimises ⟨P, C⟩ + ε KL(P | a⊗b) over P ≥ 0 with row sums a and column sums b. The solution has the form
 * P_ij = a_i b_j exp((f_i + g_j − C_ij)/ε); the potentials are those with Σ a f = Σ b g. Iterations of Sinkhorn, in
 * one pass over the matrix each, accelerated by Anderson's method; when they would take long, Newton's method. Points
 * without weight get potentials, and have no other influence: the default ε is 0.05 times the standard deviation of the
 * finite costs between points with weight.
 *
 * @param a - weights of the rows, shape [n], ≥ 0; null for 1/n each
 * @param b - weights of the columns, shape [m], with the same sum to 10⁻⁶; null for uniform ones
 * @param C - costs, shape [n, m]; +∞ forbids a pair
 * @returns values, potentials, the plan and how the iteration ended
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on NaN, infinite or negative weights, NaN or −∞ costs, sums that differ, ε ≤ 0, a point with mass
 *   and no allowed pair, or an option of another name
 * @example
 * sinkhorn(null, null, [[0, 1], [1, 0]], { eps: 1 }).linear // 0.26894142
 * @see Cuturi 2013; Schmitzer 2019 (stabilised scaling); Walker and Ni 2011 (Anderson acceleration)
 */
export function sinkhorn(
  a: Values | null,
  b: Values | null,
  C: Values,
  options: SinkhornOptions = {},
): OTResult {
  checkOptionNames("sinkhorn", options, SINKHORN_NAMES);
  return entropicTransport("sinkhorn", a, b, readCosts("sinkhorn", C), options);
}

/** As {@link sinkhorn}, for a cost matrix that has been read. */
export function entropicTransport(
  operation: string,
  a: Values | null | undefined,
  b: Values | null | undefined,
  costs: CostValues,
  options: SinkhornOptions & SolveOptions & { readonly Y?: Values },
): OTResult {
  const masses = readMasses(operation, a, b, costs.rows, costs.columns);
  const eps = readEps(operation, options.eps, costs, masses);
  const problem = { ...readProblem(operation, costs, options), ...masses, eps, Y: options.Y };
  const result = solveDense(problem, settingsOf(options), methodOf(options));
  return warned(operation, result, options.warn);
}

/**
 * {@link sinkhorn} from one measure to several with the same costs, which are prepared once.
 *
 * @param a - weights of the rows, shape [n], ≥ 0; null for 1/n each
 * @param B - weights of the columns, shape [m, k], one target in each column, each with the sum of `a`
 * @param C - costs, shape [n, m]; +∞ forbids a pair
 * @returns k results
 * @throws ShapeError, ArgumentError as {@link sinkhorn}
 * @example
 * sinkhornTargets(null, [[0.5, 0.1], [0.5, 0.9]], [[0, 1], [1, 0]], { eps: 1 }).length // 2
 */
export function sinkhornTargets(
  a: Values | null,
  B: Values,
  C: Values,
  options: SinkhornOptions = {},
): OTResult[] {
  const name = "sinkhornTargets";
  checkOptionNames(name, options, SINKHORN_NAMES);
  const costs = readCosts(name, C);
  const { data, rows, columns } = readMatrix(name, "B", B);
  if (rows !== costs.columns) {
    throw new ShapeError(
      `${name}: expected B with shape [${costs.columns}, k]; got [${rows}, ${columns}]; its columns are the targets`,
      { B: [rows, columns], C: [costs.rows, costs.columns] },
    );
  }
  const shared = readProblem(name, costs, options);
  let common: number | undefined;
  const problems = Array.from({ length: columns }, (_, k) => {
    const weights = Float64Array.from({ length: rows }, (_, j) => data[j * columns + k] as number);
    const masses = readMasses(name, a, weights, costs.rows, rows);
    const whole = !masses.a.includes(0) && !masses.b.includes(0);
    const own = (whole ? common : undefined) ?? readEps(name, options.eps, costs, masses);
    if (whole) common = own;
    return { ...shared, ...masses, eps: own, whole };
  });
  const [settings, method] = [settingsOf(options), methodOf(options)];
  const full = problems.every(({ whole }) => whole);
  const results = full
    ? solveTargets(problems, settings, method)
    : problems.map((problem) => solveDense(problem, settings, method));
  return results.map((result) => warned(name, result, options.warn));
}

const settingsOf = ({
  tol = TOLERANCE,
  maxIterations = MAX_ITERATIONS,
  mode,
  checkEvery = mode === "log" ? 1 : 10,
}: SinkhornOptions): Omit<SessionOptions, "eta"> => ({ tol, maxIterations, checkEvery });

const methodOf =
  (options: SinkhornOptions): Method =>
  (session) =>
    solveEntropic(session, options, options.init !== undefined);

/** Checks everything but the weights. */
function readProblem(
  operation: string,
  costs: CostValues,
  options: SinkhornOptions,
): Omit<EntropicProblem, "a" | "b" | "eps"> {
  checkOptions(operation, options);
  const init = options.init && readInit(operation, options.init, costs);
  return { operation, costs, init };
}

/** Prints the status of what did not converge, unless that is silenced. */
export function warned<R extends OTResult>(operation: string, result: R, warn = true): R {
  if (warn && !result.converged) console.warn(`${operation}: ${result.status}`);
  return result;
}

/** @throws ArgumentError on a word in place of potentials */
export function checkInit(operation: string, init: unknown): void {
  if (typeof init !== "string") return;
  throw new ArgumentError(
    `${operation}: expected init { f, g }; got "${init}"${init === "gaussian" ? ", which needs points; use sinkhornSample or sinkhornPoints" : ""}`,
    { init },
  );
}

/** Potentials to start from. */
export function readInit(
  operation: string,
  init: { readonly f: Values; readonly g: Values },
  costs: Matrix,
): Potentials {
  checkInit(operation, init);
  return {
    f: readVector(operation, "init.f", init.f, costs.rows),
    g: readVector(operation, "init.g", init.g, costs.columns),
  };
}

/** @throws ArgumentError unless over-relaxation is a number or one of its words */
export function checkRelaxation(operation: string, overrelax: unknown): void {
  if (typeof overrelax === "number") return;
  checkChoice(operation, "overrelax a number between 0 and 2,", overrelax, ["auto", false]);
}

/** @throws ArgumentError unless the memory is a whole number or off, and over-relaxation is not asked for as well */
export function checkAnderson(operation: string, anderson: unknown, overrelax: unknown): void {
  if (anderson === undefined || anderson === false) return;
  if (!Number.isInteger(anderson) || (anderson as number) < 1) {
    throw new ArgumentError(
      `${operation}: expected anderson to be a whole number ≥ 1 or false; got ${anderson}`,
      { anderson },
    );
  }
  if (overrelax === undefined || overrelax === false) return;
  throw new ArgumentError(
    `${operation}: expected anderson or overrelax; got both, ${anderson} and ${overrelax}; leave one out`,
    { anderson, overrelax },
  );
}

/** @throws ArgumentError unless annealing has a factor or is off */
export function checkAnneal(operation: string, anneal: unknown): void {
  if (typeof anneal === "number") return;
  checkChoice(operation, "anneal a number between 0 and 1 or", anneal, [false]);
}

function checkOptions(operation: string, { overrelax, anneal, ...options }: SinkhornOptions): void {
  const within = (name: string, value: unknown, low: number, high: number): void => {
    if (value === undefined || (typeof value === "number" && value > low && value < high)) return;
    throw new ArgumentError(
      `${operation}: expected ${name} between ${low} and ${high}; got ${value}`,
      { [name]: value },
    );
  };
  checkRelaxation(operation, overrelax);
  checkAnderson(operation, options.anderson, overrelax);
  if (options.mode === "log" && overrelax !== undefined && overrelax !== false) {
    throw new ArgumentError(
      `${operation}: expected no overrelax with mode "log"; got ${overrelax}; use anderson, or mode "scaling" or "stabilized"`,
      { overrelax },
    );
  }
  checkAnneal(operation, anneal);
  checkChoice(operation, "finish", options.finish, ["auto", "newton", false]);
  if (typeof overrelax === "number") within("overrelax", overrelax, 0, 2);
  if (typeof anneal === "number") within("anneal", anneal, 0, 1);
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
  checkChoice(operation, "mode", options.mode, ["auto", "scaling", "log", "stabilized"]);
}
