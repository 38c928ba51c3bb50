import { ArgumentError, ConvergenceError, type GradientOf, type Tensor, tensor } from "@x/tensor";
import { checkInfluence, checkVector } from "./check-problem";
import { type AnyProblem, Derivatives } from "./derivatives";
import { type CgOptions, type NeumannOptions, solveImplicit } from "./implicit-vector";
import { type F2saOptions, type FiniteDifferenceOptions, f2sa, finiteDifference } from "./penalty";
import type { BilevelProblem } from "./problem";
import { type UnrolledOptions, unrolled } from "./unrolled";
import { subtract, type Vector } from "./vectors";

/** How a hypergradient is computed; `method` chooses. */
export type HypergradientMethod<Y, B> =
  | CgOptions<Y>
  | NeumannOptions<B>
  | UnrolledOptions
  | F2saOptions<Y>
  | FiniteDifferenceOptions<Y>;

/** Options of {@link hypergradient}: those of a method, and these. */
export type HypergradientOptions<Y, B = undefined> = HypergradientMethod<Y, B> & {
  /** What both levels are evaluated on; default undefined. */
  readonly batch?: B | undefined;
  /** Throw a ConvergenceError when the linear system is not solved; not inside `jit`. Default false. */
  readonly throwOnFailure?: boolean | undefined;
};

/** How a hypergradient came about; scalars are tensors, so that it can be computed inside `jit`. */
export interface HypergradientAux<Y> {
  /** F at the x and y used. */
  readonly value: Tensor;
  /** Where the lower level stands: y itself, or where the method's own inner steps led. */
  readonly y: Y;
  /** ≈ H⁻¹ ∇_y F, to start the next solve from; null for methods without it. */
  readonly v: Y | null;
  /** F²SA's minimiser of F + λ g, to start the next call from; null for other methods. */
  readonly penalised: Y | null;
  /**
   * What is left of the system H v = ∇_y F: its norm; for `neumann` before the last term, for `f2sa` the
   * gradient of the penalised problem. 0 for methods that solve nothing.
   */
  readonly residual: Tensor;
  /** Steps of the linear solver (for `normalCg` of two products each), or inner steps; i32. */
  readonly iterations: Tensor;
  /** False where conjugate gradients missed their tolerance; bool. */
  readonly converged: Tensor;
  /** True where conjugate gradients met a direction of curvature ≤ 0; bool. */
  readonly indefinite: Tensor;
}

/** Result of {@link hypergradient}. */
export interface HypergradientResult<X, Y> {
  /** ≈ ∇Φ(x), a tree like x. */
  readonly grad: GradientOf<X>;
  readonly aux: HypergradientAux<Y>;
}

/**
 * Gradient of an outer loss through an inner minimum.
 *
 * For Φ(x) = F(x, y*(x)), y*(x) = argmin g(x, ·): ∇Φ = ∇_x F − ∇²_xy g · v with ∇²_yy g · v = ∇_y F.
 *
 * | method | system | cost | when |
 * |---|---|---|---|
 * | `cg` | conjugate gradients | one Hessian product per step | y near the minimum, g strongly convex |
 * | `normalCg` | the same on H² | two | H indefinite |
 * | `neumann` | truncated series | one per term | stochastic, bias is tolerable |
 * | `unrolled` | none: differentiates inner steps | memory for the steps | y far from the minimum |
 * | `f2sa` | none: first-order penalty | inner steps on two problems | second derivatives too dear |
 * | `finiteDifference` | H replaced by the identity | two gradients | large models, rough is enough |
 *
 * Works inside `jit` and outside; it is compiled where you compile it.
 *
 * @param problem - see {@link BilevelProblem}
 * @param x - upper variables, a tree of float tensors
 * @param y - lower variables: near the minimum, or the start of inner steps for `unrolled` and `f2sa`
 * @param options - the method and its settings, see the options of each
 * @returns the gradient, and how it came about
 * @throws ArgumentError when a level does not return a scalar, x has no influence, or an option is out of range
 * @throws ConvergenceError with `throwOnFailure`, when the linear system was not solved
 * @example
 * const problem = {
 *   upper: (x: Tensor, y: Tensor) => y.sub(0.5).square().div(2),
 *   lower: (x: Tensor, y: Tensor) => y.sub(2).square().add(x.exp().mul(y.square())).div(2),
 * };
 * hypergradient(problem, tensor(0), tensor(1), { method: "cg" }).grad // -0.25
 * @see Pedregosa 2016; Ji, Yang & Liang 2021; Franceschi et al. 2017; Kwon et al. 2023; Liu, Simonyan & Yang 2019
 */
export function hypergradient<X, Y, B = undefined>(
  problem: BilevelProblem<X, Y, B>,
  x: X,
  y: Y,
  options: HypergradientOptions<NoInfer<Y>, NoInfer<B>>,
): HypergradientResult<X, Y> {
  checkVector("hypergradient", "x", x as Vector);
  checkVector("hypergradient", "y", y as Vector);
  const derivatives = new Derivatives("hypergradient", problem as unknown as AnyProblem);
  const point = { x: x as Vector, y: y as Vector, batch: options.batch };
  checkInfluence(problem, derivatives, point);
  return estimate(derivatives, point, options as never) as never;
}

/** The estimate alone, for callers that have checked their input. */
export function estimate(
  derivatives: Derivatives,
  point: { readonly x: Vector; readonly y: Vector; readonly batch: unknown },
  options: HypergradientOptions<Vector, unknown>,
): { readonly grad: Vector; readonly aux: HypergradientAux<Vector> } {
  const plain = {
    v: null,
    penalised: null,
    residual: tensor(0),
    iterations: tensor(0, { dtype: "i32" }),
    converged: tensor(true),
    indefinite: tensor(false),
  };
  const { y } = point;
  switch (options.method) {
    case "cg":
    case "normalCg":
    case "neumann": {
      const [value, direct, gy] = derivatives.upperGradients(point);
      const solved = solveImplicit(derivatives, point, gy, options);
      if (options.throwOnFailure && solved.converged.item() === 0)
        throw notSolved(derivatives, solved);
      const cross = derivatives.crossProduct(point, solved.solution);
      const { solution: v, ...how } = solved;
      return { grad: subtract(direct, cross), aux: { ...plain, ...how, value, y, v } };
    }
    case "unrolled": {
      const { grad, value, y: reached } = unrolled(derivatives, point, options);
      const iterations = tensor(options.steps, { dtype: "i32" });
      return { grad, aux: { ...plain, iterations, value, y: reached } };
    }
    case "f2sa": {
      const { grad, ...aux } = f2sa(derivatives, point, options);
      const iterations = tensor(2 * options.steps, { dtype: "i32" });
      return { grad, aux: { ...plain, iterations, ...aux } };
    }
    case "finiteDifference": {
      const { grad, value, v } = finiteDifference(derivatives, point, options);
      return { grad, aux: { ...plain, value, y, v } };
    }
    default:
      throw new ArgumentError(
        `${derivatives.operation}: expected method cg, normalCg, neumann, unrolled, f2sa or finiteDifference; got ${String((options as { method?: unknown }).method)}`,
        { method: (options as { method?: unknown }).method },
      );
  }
}

const notSolved = (
  { operation }: Derivatives,
  {
    residual,
    iterations,
    indefinite,
  }: Pick<HypergradientAux<Vector>, "residual" | "iterations" | "indefinite">,
): ConvergenceError =>
  new ConvergenceError(
    `${operation}: expected to solve ∇²_yy g · v = ∇_y F; the residual is ${residual.item()} after ${iterations.item()} iterations${indefinite.item() ? ", and a direction of no positive curvature came up" : ""}; add damping, allow more iterations, or use lvHba if the lower Hessian is singular`,
    {
      residual: residual.item(),
      iterations: iterations.item(),
      indefinite: indefinite.item() === 1,
    },
  );
