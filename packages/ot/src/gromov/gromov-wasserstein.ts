import type { Tensor } from "@x/tensor";
import { emd } from "../exact/emd";
import type { Values } from "../values";
import type { Evaluated, Objective } from "./objective";
import { type GromovOptions, type GromovProblem, prepare } from "./prepare";
import { best, type GromovResult, warnUnlessConverged } from "./result";
import { productPlan, startingPlans } from "./starts";

/** How {@link gromovWasserstein} iterates. */
export interface ConditionalGradientOptions extends GromovOptions {
  /** Relative change of the objective to stop at, beside that of the product plan; default 10⁻⁹. */
  readonly tol?: number | undefined;
  /** Default 10 000. */
  readonly maxIterations?: number | undefined;
  /** Whether to print one warning if it does not converge; default true. */
  readonly warn?: boolean | undefined;
}

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
  const problem = prepare(operation, C1, C2, options);
  const results = function* (): Generator<GromovResult> {
    for (const plan of startingPlans(operation, problem, options))
      yield descend(problem, plan, options);
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

/** P + τD with all products: they are linear in the plan. */
const along = (x: Evaluated, d: Evaluated, τ: number): Evaluated => ({
  P: x.P.add(d.P.mul(τ)),
  T: x.T.add(d.T.mul(τ)),
  U: x.U.add(d.U.mul(τ)),
});

interface Step {
  readonly at: Evaluated;
  /** What the step takes off the objective. */
  readonly gain: number;
}

function step({ p, q }: GromovProblem, objective: Objective, at: Evaluated): Step {
  const G = objective.gradient(at);
  const target = emd(p, q, G, { warn: false }).plan.toDense();
  const D = objective.evaluate(target.sub(at.P));
  const b = G.mul(D.P).sum().item();
  const a = objective.curvature(D);
  const τ = bestStep(a, b);
  return { at: τ === 0 ? at : along(at, D, τ), gain: -(a * τ + b) * τ };
}

function descend(
  problem: GromovProblem,
  plan: Tensor,
  { tol = 1e-9, maxIterations = 10_000 }: ConditionalGradientOptions,
): GromovResult {
  const { objective } = problem;
  let at = objective.evaluate(plan);
  let value = objective.value(at);
  const scale = Math.abs(objective.value(objective.evaluate(productPlan(problem))));
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
    plan: at.P,
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
