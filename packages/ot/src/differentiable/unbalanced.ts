import type { Tensor } from "@x/tensor";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { readRho } from "../unbalanced/sinkhorn-unbalanced";
import type { Values } from "../values";
import { finiteCost, planOf } from "./dual";
import { potentialsOf } from "./potentials";
import { ENTROPIC_NAMES, type EntropicOptions, type Problem, readProblem } from "./problem";
import { solveOptions } from "./solve";
import { valueOfProblem } from "./value";

/** What {@link unbalancedPlan} takes. */
export interface UnbalancedPlanOptions extends EntropicOptions {
  /**
   * ρ > 0 in units of the cost, for both marginals or for rows and columns: what mass costs that is made or destroyed.
   * One of two may be `Infinity`. A constant to differentiation.
   */
  readonly rho: number | readonly [number, number];
}

const PLAN_NAMES: OptionNames<UnbalancedPlanOptions> = {
  rho: 1,
  ...ENTROPIC_NAMES,
};

/** What {@link unbalancedCost} takes. */
export interface UnbalancedCostOptions extends UnbalancedPlanOptions {
  /** The whole objective, or ⟨P, C⟩; default `value`. */
  readonly of?: "value" | "linear" | undefined;
}

const COST_NAMES: OptionNames<UnbalancedCostOptions> = {
  ...PLAN_NAMES,
  of: 1,
};

function read(
  operation: string,
  a: Values | null,
  b: Values | null,
  C: Values,
  { eps, rho }: UnbalancedPlanOptions,
): Problem {
  const pair = readRho(operation, rho);
  // Two infinite ones are the balanced problem, of equal masses.
  const finite = pair[0] < Infinity || pair[1] < Infinity;
  return readProblem(operation, a, b, C, eps, finite ? pair : undefined);
}

/**
 * The plan of unbalanced entropic transport with KL marginals, differentiable in weights, costs and ε.
 *
 * The plan of `sinkhornUnbalanced`, with derivatives as those of {@link entropicPlan}.
 *
 * @param a - weights, shape [n], of any sum; null for uniform
 * @param b - weights, shape [m]; null for uniform
 * @param C - costs, shape [n, m]; +∞ forbids a pair
 * @returns P, shape [n, m], f64
 * @throws ShapeError, ArgumentError as `sinkhornUnbalanced`, as far as shapes and values are known
 * @example
 * unbalancedPlan([2], [0.5], [[1]], { eps: 0.1, rho: 1 }) // [[0.6211]]
 */
export function unbalancedPlan(
  a: Values | null,
  b: Values | null,
  C: Values,
  options: UnbalancedPlanOptions,
): Tensor {
  checkOptionNames("unbalancedPlan", options, PLAN_NAMES);
  const problem = read("unbalancedPlan", a, b, C, options);
  return planOf(problem, potentialsOf(problem, solveOptions(options)));
}

/**
 * The cost of unbalanced entropic transport with KL marginals, differentiable in weights, costs and ε.
 *
 * `value` is ⟨P, C⟩ + ε KL(P | a⊗b) + ρ₁ KL(P1 | a) + ρ₂ KL(Pᵀ1 | b), whose gradient costs no linear system; `linear`
 * is ⟨P, C⟩. Parameters and errors as {@link unbalancedPlan}.
 *
 * @returns a scalar, f64
 * @example
 * unbalancedCost([2], [0.5], [[1]], { eps: 1e-6, rho: 1 }) // 1.28694
 */
export function unbalancedCost(
  a: Values | null,
  b: Values | null,
  C: Values,
  options: UnbalancedCostOptions,
): Tensor {
  checkOptionNames("unbalancedCost", options, COST_NAMES);
  const problem = read("unbalancedCost", a, b, C, options);
  if (options.of === "linear")
    return planOf(problem, potentialsOf(problem, solveOptions(options)))
      .mul(finiteCost(problem.C))
      .sum();
  return valueOfProblem(problem, solveOptions(options));
}
