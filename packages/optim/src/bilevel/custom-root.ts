import { ArgumentError, customVjp, type GradientOf, jvp, vjp } from "@x/tensor";
import { type ConjugateGradientOptions, conjugateGradient } from "./conjugate-gradient";
import { scale, type Vector } from "./vectors";

/** How {@link customRoot} solves its linear system. */
export interface CustomRootOptions extends Omit<ConjugateGradientOptions, "start"> {
  /**
   * `cg` where ∂_y r is symmetric positive definite, as for the gradient of a strongly convex loss; `normalCg`
   * for any regular matrix, at two products per step and with the square of its condition number. Default `cg`.
   */
  readonly method?: "cg" | "normalCg" | undefined;
}

/**
 * A solver whose result can be differentiated by the equation that it solves, whatever happens inside.
 *
 * For r(y(x), x) = 0: ∂y = −(∂_y r)⁻¹ ∂_x r. In reverse mode (∂_y r)ᵀ u = ȳ is solved for each cotangent ȳ.
 *
 * The solver is traced, so it has to be a function that `jit` accepts: `whileLoop` and `scan` in place of loops
 * that read values. The result has no forward mode.
 *
 * @param solver - x ↦ y, trees of float tensors
 * @param residual - (y, x) ↦ r, a tree like y that is zero at the solution, such as ∇_y g
 * @param options - how the linear system is solved, see {@link CustomRootOptions}
 * @returns the solver, differentiable
 * @throws ArgumentError for an unknown method
 * @example
 * const root = customRoot(
 *   (x: Tensor) => x.sqrt(),
 *   (y: Tensor, x: Tensor) => y.square().sub(x),
 * );
 * grad((x: Tensor) => root(x).sum())(tensor([4, 16])) // [0.25, 0.125]
 * @see Blondel et al. 2022, "Efficient and modular implicit differentiation"
 */
export function customRoot<X, Y>(
  solver: (x: X) => Y,
  residual: (y: Y, x: X) => Y,
  options: CustomRootOptions = {},
): (x: X) => Y {
  const { method = "cg", ...cg } = options;
  if (method !== "cg" && method !== "normalCg") {
    throw new ArgumentError(`customRoot: expected method cg or normalCg; got ${String(method)}`, {
      method,
    });
  }
  const differentiable = customVjp(
    solver,
    (x: X) => {
      const y = solver(x);
      return [y, { x, y }] as const;
    },
    ({ x, y }, cotangent) => {
      const [, pullback] = vjp(residual, y, x);
      const transposed = (u: Vector): Vector => pullback(u as GradientOf<Y>)[0] as Vector;
      const push = (v: Vector): Vector =>
        jvp((at: Y) => residual(at, x), [y], [v as GradientOf<Y>])[1] as Vector;
      const b = cotangent as Vector;
      // A Aᵀ w = A ȳ has the solution of Aᵀ w = ȳ and a symmetric matrix.
      const { solution } =
        method === "cg"
          ? conjugateGradient(transposed, b, cg)
          : conjugateGradient((u: Vector) => push(transposed(u)), push(b), cg);
      return [scale(-1, pullback(solution as GradientOf<Y>)[1] as Vector)];
    },
  );
  return differentiable;
}
