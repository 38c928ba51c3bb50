import { grad, type Tensor } from "@x/tensor";
import { checkCount, checkPositive } from "../core/check";
import type { GradientTransformation } from "../types";
import type { Derivatives, Point } from "./derivatives";
import { repeat } from "./loop";
import { type InnerState, innerStep } from "./unrolled";
import { addScaled, norm, scale, subtract, type Vector } from "./vectors";

/** Two first-order inner problems in place of second derivatives (F²SA). */
export interface F2saOptions<Y> {
  readonly method: "f2sa";
  /** λ > 0: the bias is O(1/λ). Default 1. */
  readonly lambda?: number | Tensor | undefined;
  /** The optimiser of both inner problems. */
  readonly inner: GradientTransformation;
  /** Its steps on each of them, ≥ 0; 0 takes y and `penalised` as they are. */
  readonly steps: number;
  /** Start of argmin F + λ g, for instance `aux.penalised` of a call nearby; default y. */
  readonly penalised?: Y | undefined;
}

/** Result of {@link f2sa}. */
export interface PenaltyResult {
  readonly value: Tensor;
  readonly grad: Vector;
  readonly y: Vector;
  readonly penalised: Vector;
  /** ‖∇_y (F/λ + g)‖ at the last but one `penalised`. */
  readonly residual: Tensor;
}

/**
 * ∇Φ ≈ ∇_x F(x, y_λ) + λ (∇_x g(x, y_λ) − ∇_x g(x, y°)), y_λ ≈ argmin F + λ g, y° ≈ argmin g.
 *
 * y_λ is found as the minimiser of g + F/λ, so that one step size suits every λ.
 */
export function f2sa(
  derivatives: Derivatives,
  { x, y, batch }: Point,
  { lambda = 1, inner, steps, penalised = y }: F2saOptions<Vector>,
): PenaltyResult {
  checkCount(derivatives.operation, "steps", steps, 0);
  if (typeof lambda === "number") checkPositive(derivatives.operation, "lambda", lambda);
  const weight = typeof lambda === "number" ? 1 / lambda : lambda.reciprocal();
  const upperGradientY = grad(derivatives.upper, { argnums: 1 });
  const descend = (from: Vector, gradient: (at: Vector) => Vector): Vector => {
    const start: InnerState = { y: from, state: inner.init(from) };
    const step = (s: InnerState): InnerState => innerStep(inner, s, gradient(s.y));
    return steps === 0 ? from : repeat(steps, step, start).y;
  };
  const gradientOfBoth = (at: Vector): Vector =>
    addScaled(derivatives.lowerGradient({ x, y: at, batch }), weight, upperGradientY(x, at, batch));
  const free = descend(y, (at) => derivatives.lowerGradient({ x, y: at, batch }));
  const pulled = descend(penalised, gradientOfBoth);
  const [value, direct] = derivatives.upperGradients({ x, y: pulled, batch });
  const difference = subtract(
    derivatives.lowerGradientX({ x, y: pulled, batch }),
    derivatives.lowerGradientX({ x, y: free, batch }),
  );
  return {
    value,
    grad: addScaled(direct, lambda, difference),
    y: free,
    penalised: pulled,
    residual: norm(gradientOfBoth(pulled)),
  };
}

/** Replaces the inverse Hessian by the identity, and the cross derivative by a central difference. */
export interface FiniteDifferenceOptions<Y> {
  readonly method: "finiteDifference";
  /** Length of the displacement of y in all, ε = radius / ‖u‖; default 0.01. */
  readonly radius?: number | undefined;
  /** What stands for H⁻¹: maps ∇_y F to u. Default the identity; a multiple of it, or Adam's scaling (SAMA). */
  readonly precondition?: ((gradient: Y) => Y) | undefined;
}

/** ∇_x F − [∇_x g(x, y + εu) − ∇_x g(x, y − εu)] / 2ε. */
export function finiteDifference(
  derivatives: Derivatives,
  { x, y, batch }: Point,
  { radius = 0.01, precondition }: FiniteDifferenceOptions<Vector>,
): { readonly value: Tensor; readonly grad: Vector; readonly v: Vector } {
  checkPositive(derivatives.operation, "radius", radius);
  const [value, direct, gy] = derivatives.upperGradients({ x, y, batch });
  const u = precondition === undefined ? gy : precondition(gy);
  const length = norm(u);
  // Where ∇_y F is 0 there is nothing to displace by, and the difference is 0 for any ε.
  const epsilon = length.equal(0).where(radius, length.reciprocal().mul(radius));
  const at = (s: Tensor): Vector => derivatives.lowerGradientX({ x, y: addScaled(y, s, u), batch });
  const difference = subtract(at(epsilon), at(epsilon.neg()));
  const cross = scale(epsilon.mul(2).reciprocal(), difference);
  return { value, grad: subtract(direct, cross), v: u };
}
