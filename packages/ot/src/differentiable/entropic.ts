import { ArgumentError, stopGradient, type Tensor } from "@x/tensor";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import type { Values } from "../values";
import { centred, finiteCost, marginalErrorOf, planOf } from "./dual";
import { balanced, potentialsOf } from "./potentials";
import {
  ENTROPIC_NAMES,
  type EntropicOptions,
  type Potentials,
  type Problem,
  readProblem,
  stopped,
} from "./problem";
import { type SolveOptions, solveOptions } from "./solve";
import { entropicOfProblem, valueOfProblem } from "./value";

/** Which number of an entropic problem: see {@link entropicCost}. */
export type EntropicKind = "value" | "linear" | "entropic";

/** What {@link entropicPotentials} returns. */
export interface EntropicPotentials extends Potentials {
  /** ‖P1 − a‖₁ + ‖Pᵀ1 − b‖₁, a scalar. */
  readonly marginalError: Tensor;
}

/** What {@link entropicCost} takes. */
export interface EntropicCostOptions extends EntropicOptions {
  /** Default `value`. */
  readonly of?: EntropicKind | undefined;
}

/** All names in {@link EntropicCostOptions}. */
export const COST_NAMES: OptionNames<EntropicCostOptions> = {
  ...ENTROPIC_NAMES,
  of: 1,
};

/**
 * Dual potentials of entropic optimal transport, differentiable in weights, costs and ε.
 *
 * P_ij = a_i b_j exp((f_i + g_j − C_ij)/ε) has the marginals a and b (b rescaled to the mass of a); of all pairs (f + t,
 * g − t) the one with Σ a f = Σ b g. Derivatives are those of the solution, not of the iteration, by linear systems of
 * the size of the smaller side: in all modes of `grad`, `jvp`, `jit` and `vmap`, up to the third order. Inside `jit` or
 * `vmap`, what is differentiated from outside has reverse mode only.
 *
 * @param a - weights, shape [n]; null for uniform
 * @param b - weights, shape [m], of the same sum; null for uniform
 * @param C - costs, shape [n, m]; +∞ forbids a pair
 * @returns f [n] and g [m], f64, and the `marginalError` ‖P1 − a‖₁ + ‖Pᵀ1 − b‖₁, a constant to differentiation: the way
 *   to see inside `jit`, where nothing is printed, whether `maxIterations` ended the solver
 * @throws ShapeError, ArgumentError as far as shapes and values are known: inside `jit` values are not checked
 * @example
 * entropicPotentials(null, null, [[0, 1], [1, 0]], { eps: 1 }).f // [0.1899, 0.1899]
 * @see Cuturi 2013; Luise, Rudi, Pontil & Ciliberto 2018 for implicit gradients
 */
export function entropicPotentials(
  a: Values | null,
  b: Values | null,
  C: Values,
  options: EntropicOptions = {},
): EntropicPotentials {
  checkOptionNames("entropicPotentials", options, ENTROPIC_NAMES);
  const problem = balanced(readProblem("entropicPotentials", a, b, C, options.eps));
  const potentials = centred(problem, potentialsOf(problem, solveOptions(options)));
  return { ...potentials, marginalError: marginalErrorOf(stopped(problem), potentials) };
}

/**
 * The plan of entropic optimal transport, differentiable in weights, costs and ε.
 *
 * Parameters, errors and derivatives as {@link entropicPotentials}.
 *
 * @returns P, shape [n, m], f64
 * @example
 * entropicPlan(null, null, [[0, 1], [1, 0]], { eps: 1 }) // [[0.3655, 0.1345], [0.1345, 0.3655]]
 */
export function entropicPlan(
  a: Values | null,
  b: Values | null,
  C: Values,
  options: EntropicOptions = {},
): Tensor {
  checkOptionNames("entropicPlan", options, ENTROPIC_NAMES);
  const problem = balanced(readProblem("entropicPlan", a, b, C, options.eps));
  return planOf(problem, potentialsOf(problem, solveOptions(options)));
}

/**
 * The cost of entropic optimal transport, differentiable in weights, costs and ε.
 *
 * `value` is ⟨P, C⟩ + ε KL(P | a⊗b), `linear` is ⟨P, C⟩, `entropic` is ⟨P, C⟩ + ε Σ P log P. The gradient of `value`
 * costs no linear system: P for C, KL(P | a⊗b) for ε, and for the weights f and g with Σ a f = Σ b g, which are the
 * derivatives along all directions that keep the masses equal; `entropic` adds ε log a and ε log b.
 *
 * Where `maxIterations` ended the solver, it is the number of the plan so far, as `sinkhorn` reports it, with derivatives
 * at its potentials. Inside `jit` nothing is printed then: see the `marginalError` of {@link entropicPotentials}.
 *
 * Parameters and errors as {@link entropicPotentials}.
 *
 * @returns a scalar, f64
 * @example
 * entropicCost(null, null, [[0, 1], [1, 0]], { eps: 1 }) // 0.3799
 */
export function entropicCost(
  a: Values | null,
  b: Values | null,
  C: Values,
  options: EntropicCostOptions = {},
): Tensor {
  checkOptionNames("entropicCost", options, COST_NAMES);
  const { of = "value" } = options;
  const problem = readProblem("entropicCost", a, b, C, options.eps);
  return costOf("entropicCost", problem, of, solveOptions(options));
}

/** A number of a problem, by name. */
export function costOf(
  operation: string,
  problem: Problem,
  of: EntropicKind,
  options: SolveOptions,
): Tensor {
  if (of === "linear") {
    const even = balanced(problem);
    return planOf(even, potentialsOf(even, options)).mul(finiteCost(even.C)).sum();
  }
  // The masses agree; that they do is not differentiated, so that gradients are the centred potentials.
  const ratio = stopGradient(problem.a.sum().div(problem.b.sum()));
  const even = { ...problem, b: problem.b.mul(ratio) };
  if (of === "value") return valueOfProblem(even, options);
  if (of === "entropic") return entropicOfProblem(even, options);
  throw new ArgumentError(
    `${operation}: expected of to be value, linear or entropic; got ${String(of)}`,
    { of },
  );
}
