import { emd } from "../exact/emd";
import { checkOptionNames, type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import type { Values } from "../values";
import type { Evaluated, Objective } from "./objective";
import { GROMOV_NAMES, type GromovOptions, type GromovProblem, matrix, prepare } from "./prepare";
import { best, type GromovResult, warnUnlessConverged } from "./result";
import { densePlan, productPlan, startingPlans } from "./starts";

/** How {@link gromovWasserstein} iterates. */
export interface ConditionalGradientOptions extends GromovOptions {
  /** Relative change of the objective to stop at, beside that of the product plan; default 10⁻⁹. */
  readonly tol?: number | undefined;
  /** Default 10 000. */
  readonly maxIterations?: number | undefined;
  /** Whether to print one warning if it does not converge; default true. */
  readonly warn?: boolean | undefined;
}

const NAMES: OptionNames<ConditionalGradientOptions> = {
  ...GROMOV_NAMES,
  ...SOLVER_NAMES,
};

/**
 * A plan between two spaces that are known by the distances within each: Gromov-Wasserstein, or fused with costs
 * between them.
 *
 * Minimises (1 − α)⟨M, P⟩ + α Σ L(C1_ik, C2_jl) P_ij P_kl by conditional gradients: each step solves an exact transport
 * problem on the gradient and searches the line to its solution exactly. The problem is not convex: what is found is
 * a stationary point; `init` and `restarts` change which.
 *
 * @param C1 - distances (or any similarities) within the first space, shape [n, n]
 * @param C2 - those within the second space, shape [m, m]
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on values that are not finite, bad weights, `alpha` outside [0, 1], negative distances with `kl`
 * @example
 * gromovWasserstein([[0, 1], [1, 0]], [[0, 3], [3, 0]]).value // 2
 * @see Mémoli 2011, "Gromov-Wasserstein distances and the metric approach to object matching"; Vayer, Chapel, Flamary,
 *   Tavenard & Courty 2019, "Optimal transport for structured data with application on graphs"
 */
export function gromovWasserstein(
  C1: Values,
  C2: Values,
  options: ConditionalGradientOptions = {},
): GromovResult {
  const operation = "gromovWasserstein";
  checkOptionNames(operation, options, NAMES);
  const problem = prepare(operation, C1, C2, options);
  const { objective } = problem;
  const scale = Math.abs(objective.value(objective.evaluate(productPlan(problem))));
  const results = function* (): Generator<GromovResult> {
    for (const plan of startingPlans(operation, problem, options))
      yield descend(problem, plan, scale, options);
  };
  const result = best(results());
  warnUnlessConverged(operation, result, options.warn ?? true);
  return result;
}

/** τ in [0, 1] that minimises aτ² + bτ. */
function bestStep(a: number, b: number): number {
  if (a > 0) return Math.min(1, Math.max(0, -b / (2 * a)));
  return a + b < 0 ? 1 : 0;
}

/** Σ g (y − x). */
function slope(g: Float64Array, x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < g.length; k++)
    sum += (g[k] as number) * ((y[k] as number) - (x[k] as number));
  return sum;
}

/** (1 − τ) x + τ y. */
function between(x: Float64Array, y: Float64Array, τ: number): Float64Array {
  const out = new Float64Array(x.length);
  for (let k = 0; k < out.length; k++) out[k] = (1 - τ) * (x[k] as number) + τ * (y[k] as number);
  return out;
}

/** The plan between two with all products: they are linear in the plan. */
function along(x: Evaluated, y: Evaluated, τ: number): Evaluated {
  const T = between(x.T, y.T, τ);
  return { P: between(x.P, y.P, τ), T, U: x.U === x.T ? T : between(x.U, y.U, τ) };
}

interface Step {
  readonly at: Evaluated;
  /** What the step takes off the objective. */
  readonly gain: number;
}

function step({ n, m, p, q }: GromovProblem, objective: Objective, at: Evaluated): Step {
  const G = objective.gradient(at);
  const target = objective.evaluate(densePlan(emd(p, q, matrix(G, n, m), { warn: false }).plan));
  const b = slope(G, at.P, target.P);
  const a = objective.curvature(at, target);
  const τ = bestStep(a, b);
  return { at: τ === 0 ? at : along(at, target, τ), gain: -(a * τ + b) * τ };
}

function descend(
  problem: GromovProblem,
  plan: Float64Array,
  scale: number,
  { tol = 1e-9, maxIterations = 10_000 }: ConditionalGradientOptions,
): GromovResult {
  const { n, m, objective } = problem;
  let at = objective.evaluate(plan);
  let value = objective.value(at);
  let converged = false;
  const history: number[] = [];
  while (!converged && history.length < maxIterations) {
    const { at: next, gain } = step(problem, objective, at);
    at = next;
    value = objective.value(at);
    history.push(value);
    converged = gain <= tol * Math.max(Math.abs(value), scale);
  }
  return {
    plan: matrix(at.P, n, m),
    value,
    linear: objective.linear(at),
    quadratic: objective.quadratic(at),
    iterations: history.length,
    converged,
    status: converged
      ? `converged: the objective fell by less than ${tol} of its size`
      : `not converged: the objective still fell after ${maxIterations} iterations`,
    history,
  };
}
