import { ArgumentError, random, type Tensor, tensor } from "@x/tensor";
import { checkCount, checkPositive } from "../core/check";
import { conjugateGradient, type LinearSolveResult } from "./conjugate-gradient";
import type { Derivatives, Point } from "./derivatives";
import { loop, repeat } from "./loop";
import { add, addScaled, norm, scale, subtract, type Vector } from "./vectors";

/** Solves H v = ∇_y F by conjugate gradients, directly or on the normal equations H² v = H ∇_y F. */
export interface CgOptions<Y> {
  /** `normalCg` squares the condition number but survives an indefinite H. */
  readonly method: "cg" | "normalCg";
  /** Added to the diagonal of H (of H² for `normalCg`), ≥ 0; default 0. */
  readonly damping?: number | undefined;
  /** Relative residual, ≥ 0; default 1e-6. */
  readonly tolerance?: number | undefined;
  /** Default 100. */
  readonly maxIterations?: number | undefined;
  /** First guess of v, for instance `aux.v` of a call nearby; default 0. */
  readonly start?: Y | undefined;
}

/** Truncated Neumann series: v = α Σ_{j ≤ N} (I − αH)ʲ ∇_y F. */
export interface NeumannOptions<B> {
  readonly method: "neumann";
  /** α, in (0, 1/L] where L is the largest eigenvalue of H. */
  readonly alpha: number;
  /** N, the number of products with H, ≥ 0; default 10. */
  readonly terms?: number | undefined;
  /** A batch for each product, N in all: the stochastic variant (stocBiO). Default: the one batch for all. */
  readonly batches?: readonly B[] | undefined;
  /**
   * A random key: one term N α (I − αH)ᵖ ∇_y F with p uniform in 0 … N − 1 in place of the sum, unbiased for the
   * sum of the first N terms.
   */
  readonly randomize?: Tensor | undefined;
}

/** v ≈ H⁻¹ b with H = ∇²_yy g at a point. */
export function solveImplicit(
  derivatives: Derivatives,
  point: Point,
  b: Vector,
  options: CgOptions<Vector> | NeumannOptions<unknown>,
): LinearSolveResult {
  if (options.method === "neumann") return neumann(derivatives, point, b, options);
  const hessian = derivatives.lowerHessian(point);
  if (options.method === "cg") return conjugateGradient(hessian, b, options);
  const squared = (v: Vector): Vector => hessian(hessian(v));
  const result = conjugateGradient(squared, hessian(b), options);
  return { ...result, residual: norm(subtract(b, hessian(result.solution))) };
}

function neumann(
  derivatives: Derivatives,
  point: Point,
  b: Vector,
  { alpha, terms = 10, batches, randomize }: NeumannOptions<unknown>,
): LinearSolveResult {
  const caller = derivatives.operation;
  checkPositive(caller, "alpha", alpha);
  checkCount(caller, "terms", terms, randomize === undefined ? 0 : 1);
  if (batches !== undefined && (batches.length !== terms || randomize !== undefined)) {
    throw new ArgumentError(
      `${caller}: expected ${terms} batches, one for each product, and no randomize; got ${batches.length}${randomize === undefined ? "" : " and randomize"}`,
      { batches: batches.length, terms },
    );
  }
  const shrink = (hessian: (v: Vector) => Vector, v: Vector): Vector =>
    addScaled(v, -alpha, hessian(v));
  const result = (solution: Vector, last: Vector, iterations: Tensor): LinearSolveResult => ({
    solution,
    residual: norm(last),
    iterations,
    converged: tensor(true),
    indefinite: tensor(false),
  });

  if (randomize !== undefined) {
    const hessian = derivatives.lowerHessian(point);
    const p = random.randint(randomize, [], { high: terms });
    const { term } = loop<{ readonly term: Vector; readonly j: Tensor }>(
      ({ j }) => j.less(p),
      ({ term, j }) => ({ term: shrink(hessian, term), j: j.add(1) }),
      { term: b, j: tensor(0, { dtype: "i32" }) },
    );
    return result(scale(terms * alpha, term), term, p);
  }
  let sum = b;
  let term = b;
  if (batches !== undefined) {
    for (const batch of batches) {
      term = shrink(derivatives.lowerHessian({ ...point, batch }), term);
      sum = add(sum, term);
    }
  } else {
    const hessian = derivatives.lowerHessian(point);
    [sum, term] = repeat<readonly [Vector, Vector]>(
      terms,
      ([s, t]) => {
        const next = shrink(hessian, t);
        return [add(s, next), next];
      },
      [b, b],
    );
  }
  return result(scale(alpha, sum), term, tensor(terms, { dtype: "i32" }));
}
