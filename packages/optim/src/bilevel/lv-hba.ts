import { type Tensor, tensor } from "@x/tensor";
import { checkPositive, checkRate } from "../core/check";
import type { Rate } from "../types";
import { checkVector } from "./check-problem";
import { type AnyProblem, Derivatives } from "./derivatives";
import { checkExponent, feasibleStart, type Projection, projectionOf } from "./lv-hba-start";
import type { BilevelProblem } from "./problem";
import { type Multipliers, ProximalLagrangian } from "./proximal-lagrangian";
import { compiled, drawAt, ratesAt, type SolverOptions, startKey } from "./sampling";
import { addCost, type BilevelSolver, type BilevelState, noCost } from "./solver";
import { add, addScaled, norm, scale, subtract, type Vector } from "./vectors";

/** Options of {@link lvHba}. */
export interface LvHbaOptions<B = undefined> extends SolverOptions<B> {
  /** Step of (x, y); default 0.01. */
  readonly alpha?: Rate | undefined;
  /** Step of z, in (0, γ₂]; default 0.02. */
  readonly beta?: Rate | undefined;
  /** Step of θ and λ, below 2 / (L + 1/γ₁) with L that of ∇_y g and the constraints; default 0.02. */
  readonly eta?: Rate | undefined;
  /** Proximal weight of θ, > 0; default 1. */
  readonly gamma1?: number | undefined;
  /** Proximal weight of λ, > 0; default 1. */
  readonly gamma2?: number | undefined;
  /** c in the penalty c (k + 1)ᵖ, > 0; too large a value starves the upper level. Default 1. */
  readonly c?: number | undefined;
  /** p, in (0, ½): the bias falls as (k + 1)⁻ᵖ. Default 0.49. */
  readonly p?: number | undefined;
  /** Bound on the multipliers z, > 0; default 1000. */
  readonly zMax?: number | undefined;
}

/**
 * State of {@link lvHba}; `error` is the largest of the moves of (x, y), (θ, λ) and z, each divided by its step, and
 * of the gap g(x, y) − v(x, y, z).
 */
export interface LvHbaState<X, Y> extends BilevelState<X, Y> {
  /** The lower level's own minimiser. */
  readonly theta: Y;
  readonly lambda: Multipliers;
  readonly z: Multipliers;
  /** The lower loss at y over its proximal value. */
  readonly gap: Tensor;
  readonly key: Tensor | null;
}

/**
 * Bilevel optimisation with constraints at the lower level, by first derivatives alone.
 *
 * With v(x, y, z) = min_θ max_{λ ≥ 0} g(x, θ) + λᵀc(x, θ) + ‖θ − y‖²/2γ₁ − ‖λ − z‖²/2γ₂ the bilevel problem is
 * min F subject to c(x, y) ≤ 0 and g(x, y) ≤ v(x, y, z), the last one penalised with a weight that grows.
 *
 * The lower level may be singular, its minimiser not unique. An iteration costs three gradients of g, two of the
 * constraints, one of F and one projection on the constraints, which dominates where it has no closed form.
 *
 * @param problem - with {@link LowerConstraints}; without any, a value-function method for smooth problems
 * @param options - see {@link LvHbaOptions}
 * @returns a solver for {@link solveBilevel}; `init` projects on the constraints
 * @throws ArgumentError for options out of range, constraints that are not affine and lack projectXY, and from
 *   `init` when the projected start violates the constraints
 * @example
 * const solver = lvHba(
 *   {
 *     upper: (x: Tensor, y: Tensor) => y.sub(1).square().add(x.square()),
 *     lower: (x: Tensor, y: Tensor) => y.sub(x).square(),
 *     constraints: { inequality: (_: Tensor, y: Tensor) => y.neg().reshape([1]) },
 *   },
 *   { alpha: 0.05, eta: 0.2, beta: 0.2 },
 * );
 * solveBilevel(solver, tensor(-1), tensor(3), { iterations: 3000 }).x.item() // ≈ 0.5
 * @see Yao, Yu, Zeng & Zhang 2024, "Constrained Bi-Level Optimization: Proximal Lagrangian Value function Approach
 *   and Hessian-free Algorithm", algorithm 1
 */
export function lvHba<X, Y, B = undefined>(
  problem: BilevelProblem<X, Y, B>,
  options: LvHbaOptions<NoInfer<B>> = {},
): BilevelSolver<X, Y, LvHbaState<X, Y>> {
  return untyped(problem as unknown as AnyProblem, options as LvHbaOptions<unknown>) as never;
}

type State = LvHbaState<Vector, Vector>;

function untyped(
  problem: AnyProblem,
  options: LvHbaOptions<unknown>,
): BilevelSolver<Vector, Vector, State> {
  const { alpha = 0.01, beta = 0.02, eta = 0.02, gamma1 = 1, gamma2 = 1 } = options;
  const { c = 1, p = 0.49, zMax = 1e3, sample } = options;
  const derivatives = new Derivatives("lvHba", problem);
  for (const [name, rate] of Object.entries({ alpha, beta, eta })) checkRate("lvHba", name, rate);
  for (const [name, value] of Object.entries({ gamma1, gamma2, c, zMax })) {
    checkPositive("lvHba", name, value);
  }
  checkExponent(p);
  const key = startKey("lvHba", options);
  const constraints = problem.constraints ?? {};
  const value = new ProximalLagrangian(derivatives, constraints, { gamma1, gamma2, zMax });

  const body =
    (project: Projection) =>
    (state: State, stepXY: Tensor, stepZ: Tensor, stepTheta: Tensor): State => {
      const { x, y, z } = state;
      const batch = drawAt(sample, state.key, state.step)(0);
      const old = { theta: state.theta, lambda: state.lambda };
      const { theta, lambda } = value.step({ x, y, z, batch }, old, stepTheta);

      const penalty = state.step.cast("f64").add(1).pow(p).mul(c);
      const [, upperX, upperY] = derivatives.upperGradients({ x, y, batch });
      const [lowerX, lowerY] = derivatives.lowerGradients({ x, y, batch });
      const dx = add(
        scale(penalty.reciprocal(), upperX),
        subtract(lowerX, value.gradientX({ x, theta, lambda, batch })),
      );
      const dy = add(
        scale(penalty.reciprocal(), upperY),
        addScaled(lowerY, -1 / gamma1, subtract(y, theta)),
      );
      const [nextX, nextY] = project(
        addScaled(x, stepXY.neg(), dx),
        addScaled(y, stepXY.neg(), dy),
      );
      const nextZ = value.stepZ(z, lambda, stepZ);
      const gap = derivatives
        .lower(x, y, batch)
        .sub(value.at({ x, y, z, batch }, { theta, lambda }));
      const moved = (a: unknown, b: unknown, by: Tensor): Tensor =>
        norm(subtract(a as Vector, b as Vector))
          .cast("f64")
          .div(by);
      const error = moved([nextX, nextY], [x, y], stepXY)
        .maximum(moved({ theta, lambda }, old, stepTheta))
        .maximum(value.constrained ? moved(nextZ, z, stepZ) : 0)
        .maximum(gap);
      return {
        ...state,
        x: nextX,
        y: nextY,
        theta,
        lambda,
        z: nextZ,
        gap,
        step: state.step.add(1),
        error,
        cost: addCost(state.cost, { upperGradients: 1, lowerGradients: 3 }),
      };
    };

  let project: Projection | undefined;
  let advance: ReturnType<typeof body> | undefined;
  return {
    name: "lvHba",
    init(x, y) {
      checkVector("lvHba", "x", x);
      checkVector("lvHba", "y", y);
      project ??= projectionOf(constraints, x, y);
      const [startX, startY] = feasibleStart(constraints, project, x, y);
      const zero = value.zeros(startX, startY);
      return {
        x: startX,
        y: startY,
        theta: startY,
        lambda: zero,
        z: zero,
        gap: tensor(Number.POSITIVE_INFINITY),
        key,
        step: tensor(0, { dtype: "i32" }),
        error: tensor(Number.POSITIVE_INFINITY),
        cost: noCost(),
      };
    },
    step(state) {
      project ??= projectionOf(constraints, state.x, state.y);
      advance ??= compiled(options as SolverOptions<never>, body(project), "lvHba step");
      const [a, b, e] = ratesAt("lvHba", [alpha, beta, eta], state.step) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      return advance(state, a, b, e);
    },
  };
}
