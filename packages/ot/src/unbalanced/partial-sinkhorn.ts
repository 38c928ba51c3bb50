import { ArgumentError } from "@x/tensor";
import { logSum } from "../internal/log-sum";
import { denseLogSums, type LogSums } from "../internal/log-sums";
import { checkOptionNames, type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import { checkOptionsGiven } from "../internal/options";
import { readMatrix, readWeights, total } from "../internal/read";
import { withWorkspace } from "../internal/workspace";
import type { OTResult, SolverOptions } from "../result";
import { sinkhornKernels } from "../sinkhorn/kernels";
import { readEps } from "../sinkhorn/prepare";
import { denseResult } from "../sinkhorn/result";
import type { Values } from "../values";
import { NOWHERE } from "./dual-iteration";

/** What {@link partialSinkhorn} takes. */
export interface PartialSinkhornOptions extends SolverOptions {
  /** How much mass moves, in (0, min(Σa, Σb)]. */
  readonly mass: number;
  /** ε > 0 in units of the cost; default 0.05 times the standard deviation of the costs between points with weight. */
  readonly eps?: number | undefined;
  /** Largest change of a multiplier in one iteration, in units of ε; default 10⁻⁹. */
  readonly tol?: number | undefined;
  /** Default 10 000. */
  readonly maxIterations?: number | undefined;
}

const NAMES: OptionNames<PartialSinkhornOptions> = {
  mass: 1,
  eps: 1,
  ...SOLVER_NAMES,
};

interface PartialProblem {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly eps: number;
  readonly mass: number;
}

/**
 * Entropic partial optimal transport: moves a given mass, and of every point at most its weight.
 *
 * Minimises ⟨P, C⟩ + ε KL(P | a⊗b) over P ≥ 0 with P1 ≤ a, Pᵀ1 ≤ b, ΣP = mass. Dykstra's projections onto the three
 * constraints, which are alternating maximisations over their multipliers f ≤ 0, g ≤ 0 and λ, on logarithms:
 * P_ij = a_i b_j exp((f_i + g_j + λ − C_ij)/ε). The result's potentials contain λ in equal parts.
 *
 * @param a - weights of the rows, shape [n]; null for 1/n each
 * @param b - weights of the columns, shape [m]; null for uniform ones
 * @param C - costs, shape [n, m]; +∞ forbids a pair
 * @returns the plan with its values; `marginalError` is the mass that stays: Σa + Σb − 2 mass at the solution
 * @throws ShapeError, ArgumentError as `sinkhorn`, and if the mass is not in (0, min(Σa, Σb)]
 * @example
 * partialSinkhorn([0.4, 0.6], [0.5, 0.5], [[0, 2], [1, 3]], { mass: 0.5, eps: 0.01 }).linear // 0.1
 * @see Benamou, Carlier, Cuturi, Nenna & Peyré 2015, section 5
 */
export function partialSinkhorn(
  a: Values | null,
  b: Values | null,
  C: Values,
  options: PartialSinkhornOptions,
): OTResult {
  const operation = "partialSinkhorn";
  checkOptionsGiven(operation, options, "{ mass }");
  checkOptionNames(operation, options, NAMES);
  const { mass, tol = 1e-9, maxIterations = 10_000, warn = true } = options;
  const costs = readMatrix(operation, "C", C, { forbidden: true });
  const weightsA = readWeights(operation, "a", a, costs.rows);
  const weightsB = readWeights(operation, "b", b, costs.columns);
  const most = Math.min(total(weightsA), total(weightsB));
  // Sums of weights that mean the same mass differ by roundings.
  if (!(mass > 0 && mass <= most * (1 + 1e-12))) {
    throw new ArgumentError(
      `${operation}: expected a mass > 0 and at most ${most}, the smaller sum of weights; got ${mass}`,
      { mass, most },
    );
  }
  const masses = { a: weightsA, b: weightsB };
  const problem = { ...masses, eps: readEps(operation, options.eps, costs, masses), mass };
  const end = withWorkspace(sinkhornKernels, (w) =>
    dykstra(denseLogSums(w, costs, problem.eps), problem, tol, maxIterations),
  );
  const { f, g, level, iterations, change } = end;
  const converged = change <= tol;
  const plan = {
    ...problem,
    f: f.map((x) => x + level / 2),
    g: g.map((x) => x + level / 2),
    costs: costs.data,
  };
  const reached = `largest change ${change.toExponential(2)} eps, tol ${tol.toExponential(2)}`;
  const status = `${converged ? "converged" : "not converged"}: ${reached}; ${iterations} iterations`;
  if (warn && !converged) console.warn(`${operation}: ${status}`);
  return denseResult(plan, { iterations, converged, status, history: [] });
}

/** Maximises over f, g and λ in turn. */
function dykstra(
  sums: LogSums,
  { a, b, eps, mass }: PartialProblem,
  tol: number,
  maxIterations: number,
) {
  const [logA, logB] = [a.map(Math.log), b.map(Math.log)];
  const exponents = (log: Float64Array, h: Float64Array): Float64Array =>
    log.map((value, i) => value + (h[i] as number) / eps);
  const largestAllowed = (logSums: Float64Array, level: number): Float64Array =>
    logSums.map((sum) => Math.min(0, Math.min(-eps * sum, NOWHERE) - level));
  let f: Float64Array = new Float64Array(a.length);
  let g: Float64Array = new Float64Array(b.length);
  let level = 0;
  let [iterations, change] = [0, Infinity];
  while (iterations < maxIterations && !(change <= tol)) {
    const before = { f, g, level };
    f = largestAllowed(sums.rows(exponents(logB, g)), level);
    const columns = sums.columns(exponents(logA, f));
    g = largestAllowed(columns, level);
    const all = logSum(columns.map((sum, j) => sum + (logB[j] as number) + (g[j] as number) / eps));
    level = eps * (Math.log(mass) - all);
    const moves = [
      Math.abs(level - before.level),
      ...f.map((x, i) => Math.abs(x - (before.f[i] as number))),
      ...g.map((x, j) => Math.abs(x - (before.g[j] as number))),
    ];
    change = moves.reduce((x, y) => Math.max(x, y)) / eps;
    iterations++;
  }
  return { f, g, level, iterations, change };
}
