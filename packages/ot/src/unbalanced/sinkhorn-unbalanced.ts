import { ArgumentError } from "@x/tensor";
import { checkChoice } from "../internal/choice";
import { denseLogSums } from "../internal/log-sums";
import { checkOptionNames, type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import { checkOptionsGiven } from "../internal/options";
import { type Costs, type Matrix, readCostsAndLargest, readWeights, total } from "../internal/read";
import { withWorkspace } from "../internal/workspace";
import type { OTResult, SolverOptions } from "../result";
import { sinkhornKernels } from "../sinkhorn/kernels";
import { readEps } from "../sinkhorn/prepare";
import { densePlanMoments, denseResult } from "../sinkhorn/result";
import { readInit, sinkhorn } from "../sinkhorn/sinkhorn";
import type { Values } from "../values";
import { dualIteration, type Stop, type UnbalancedProblem } from "./dual-iteration";
import { withKernelScaling } from "./kernel-scaling";
import { type MarginalKind, marginalPenalty } from "./marginal-penalty";
import { LARGEST_EXPONENT, type ScalingEnd, scalingIteration } from "./scaling-iteration";
import { translation } from "./translation";

/** What {@link sinkhornUnbalanced} takes. */
export interface SinkhornUnbalancedOptions extends SolverOptions {
  /** ε > 0 in units of the cost; default 0.05 times the standard deviation of the costs between points with weight. */
  readonly eps?: number | undefined;
  /**
   * ρ > 0 in units of the cost, for both marginals or for rows and columns: what mass costs that is made or destroyed.
   * `Infinity` asks for the marginal exactly.
   */
  readonly rho: number | readonly [number, number];
  /** `kl` for ρ KL(P1 | a), `tv` for ρ Σ|P1 − a|; default `kl`. */
  readonly marginals?: MarginalKind | undefined;
  /** Largest change of a potential in one iteration, in units of ε; default 10⁻⁹. */
  readonly tol?: number | undefined;
  /** Default 10 000. */
  readonly maxIterations?: number | undefined;
  /** Potentials to start from; default zeros. */
  readonly init?: { readonly f: Values; readonly g: Values } | undefined;
}

const NAMES: OptionNames<SinkhornUnbalancedOptions> = {
  eps: 1,
  rho: 1,
  marginals: 1,
  ...SOLVER_NAMES,
  init: 1,
};

/** The solution of an unbalanced problem: the plan's marginals need not be the weights. */
export interface UnbalancedResult extends OTResult {
  /** The whole objective: ⟨P, C⟩ + ε KL(P | a⊗b) and what the marginals cost, from the dual potentials. */
  readonly value: number;
  /** ΣP. */
  readonly mass: number;
  /** ‖P1 − a‖₁ + ‖Pᵀ1 − b‖₁: mass that was made or destroyed. */
  readonly marginalError: number;
}

/** ρ of both sides, checked. */
export function readRho(
  operation: string,
  rho: number | readonly [number, number],
): readonly [number, number] {
  const pair = typeof rho === "number" ? ([rho, rho] as const) : rho;
  if (!Array.isArray(pair) || pair.length !== 2 || !pair.every((r) => r > 0)) {
    throw new ArgumentError(
      `${operation}: expected rho to be a number > 0, or two of them, Infinity included; got ${String(rho)}`,
      { rho },
    );
  }
  return pair as unknown as readonly [number, number];
}

/**
 * Entropic optimal transport between measures of any mass, in which mass may be made and destroyed at a price.
 *
 * Minimises ⟨P, C⟩ + ε KL(P | a⊗b) + ρ₁ D(P1 | a) + ρ₂ D(Pᵀ1 | b) by alternating maximisation of the dual, with the
 * best translation (f + s, g − s) in every iteration. With one ρ infinite the problem is semi-relaxed; with
 * both it is the balanced one, and {@link sinkhorn} solves it. P_ij = a_i b_j exp((f_i + g_j − C_ij)/ε).
 *
 * @param a - weights of the rows, shape [n], ≥ 0, of any sum; null for 1/n each
 * @param b - weights of the columns, shape [m]; null for uniform ones
 * @param C - costs, shape [n, m]; +∞ forbids a pair
 * @returns potentials, plan, mass and value
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on NaN, infinite or negative weights, NaN or −∞ costs, ε ≤ 0, ρ ≤ 0
 * @example
 * sinkhornUnbalanced([2], [0.5], [[1]], { eps: 0.1, rho: 1 }).mass // 0.62114516
 * @see Chizat, Peyré, Schmitzer & Vialard 2018; Séjourné, Vialard & Peyré 2022 (translation)
 */
export function sinkhornUnbalanced(
  a: Values | null,
  b: Values | null,
  C: Values,
  options: SinkhornUnbalancedOptions,
): UnbalancedResult {
  const operation = "sinkhornUnbalanced";
  checkOptionsGiven(operation, options, "{ rho }");
  checkOptionNames(operation, options, NAMES);
  const { marginals = "kl", tol = 1e-9, maxIterations = 10_000, warn = true } = options;
  const rho = readRho(operation, options.rho);
  checkChoice(operation, "marginals", marginals, ["kl", "tv"]);
  if (rho[0] === Infinity && rho[1] === Infinity) {
    const { rho: _, marginals: __, ...balanced } = options;
    const result = sinkhorn(a, b, C, balanced);
    const ones = new Float64Array(result.f.size).fill(1);
    return { ...result, mass: result.applyT(ones).sum().item() };
  }
  const costs = readCostsAndLargest(operation, "C", C);
  const weightsA = readWeights(operation, "a", a, costs.rows);
  const weightsB = readWeights(operation, "b", b, costs.columns);
  const problem: UnbalancedProblem = {
    a: weightsA,
    b: weightsB,
    eps: readEps(operation, options.eps, costs, { a: weightsA, b: weightsB }),
    penalties: [marginalPenalty(marginals, rho[0]), marginalPenalty(marginals, rho[1])],
    translation: translation(marginals, weightsA, weightsB, rho),
  };
  checkWays(operation, costs, problem, rho);
  const zeros = { f: new Float64Array(costs.rows), g: new Float64Array(costs.columns) };
  const start = options.init === undefined ? zeros : readInit(operation, options.init, costs);
  const end = solve(
    costs,
    problem,
    marginals === "kl" ? rho : undefined,
    { tol, maxIterations },
    start,
  );
  const result = unbalancedResult(problem, costs, end, tol);
  if (warn && !result.converged) console.warn(`${operation}: ${result.status}`);
  return result;
}

/** By scalings as far as they go, on logarithms otherwise. */
function solve(
  costs: Costs,
  problem: UnbalancedProblem,
  rho: readonly [number, number] | undefined,
  stop: Stop,
  start: { readonly f: Float64Array; readonly g: Float64Array },
): ScalingEnd {
  let end: ScalingEnd = { ...start, iterations: 0, change: Infinity, converged: false };
  if (rho !== undefined && costs.largest <= LARGEST_EXPONENT * problem.eps) {
    end = withKernelScaling(costs, problem, (scaling) =>
      scalingIteration(scaling, problem, rho, stop, start),
    );
    if (end.moments !== undefined) return end;
  }
  const rest = { ...stop, maxIterations: stop.maxIterations - end.iterations };
  if (rest.maxIterations === 0) return end;
  const { iterations, ...last } = withWorkspace(sinkhornKernels, (w) =>
    dualIteration(denseLogSums(w, costs, problem.eps), problem, rest, end),
  );
  return { ...last, iterations: end.iterations + iterations };
}

/** A marginal that is asked for exactly needs a way for every point with mass. */
function checkWays(
  operation: string,
  { data, rows, columns, finite }: Costs,
  { a, b }: UnbalancedProblem,
  rho: readonly [number, number],
): void {
  if (finite) return;
  const open = (side: number, k: number): boolean => {
    const [count, first, step] = side === 0 ? [columns, k * columns, 1] : [rows, k, columns];
    for (let l = 0; l < count; l++) if ((data[first + l * step] as number) < Infinity) return true;
    return false;
  };
  for (const [side, weights] of [a, b].entries()) {
    if (rho[side] !== Infinity) continue;
    const k = weights.findIndex((w, i) => w > 0 && !open(side, i));
    if (k < 0) continue;
    const name = side === 0 ? "row" : "column";
    throw new ArgumentError(
      `${operation}: expected a finite cost in every ${name} of positive weight, as rho is infinite; ${name} ${k} of C has none; give it weight 0, allow a pair, or make rho finite`,
      { [name]: k },
    );
  }
}

function unbalancedResult(
  { a, b, eps, penalties }: UnbalancedProblem,
  costs: Matrix,
  { f, g, iterations, change, converged, moments: known }: ScalingEnd,
  tol: number,
): UnbalancedResult {
  const plan = { a, b, f, g, eps, costs: costs.data };
  const moments = known ?? densePlanMoments(plan);
  const mass = total(moments.p);
  const dual = (weights: Float64Array, h: Float64Array, side: 0 | 1): number =>
    total(weights.map((w, i) => (w > 0 ? w * penalties[side].dual(h[i] as number) : 0)));
  const reached = `largest change ${change.toExponential(2)} eps, tol ${tol.toExponential(2)}`;
  const result = denseResult(plan, {
    moments,
    iterations,
    converged,
    status: `${converged ? "converged" : "not converged"}: ${reached}; ${iterations} iterations`,
    history: [],
  });
  const value = dual(a, f, 0) + dual(b, g, 1) - eps * (mass - total(a) * total(b));
  return { ...result, value, mass };
}
