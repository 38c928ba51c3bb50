import { ArgumentError, cond, type Tensor, tensor } from "@x/tensor";
import { checkBeta, checkCount, checkPositive, checkRate } from "../core/check";
import type { Rate } from "../types";
import { checkInfluence, checkVector } from "./check-problem";
import { type AnyProblem, Derivatives } from "./derivatives";
import type { BilevelProblem } from "./problem";
import { walk } from "./refine";
import { compiled, drawAt, ratesAt, type SolverOptions, startKey } from "./sampling";
import { addCost, type BilevelSolver, type BilevelState, noCost } from "./solver";
import { add, addScaled, norm, scale, subtract, type Vector, zerosLike } from "./vectors";

/** Options of {@link boRep}. */
export interface BoRepOptions<B = undefined> extends SolverOptions<B> {
  /** Length of every step of x; let it fall, by a cosine or as 1/√k, to settle. Default 0.01. */
  readonly outerLr?: Rate | undefined;
  /** Step of y; default 0.05. */
  readonly innerLr?: Rate | undefined;
  /** Step of z, below 2 over the largest eigenvalue of ∇²_yy g or z diverges; default 0.01. */
  readonly vLr?: Rate | undefined;
  /** Momentum of the hypergradient, in [0, 1); default 0.9. */
  readonly beta?: number | undefined;
  /** Outer steps from one correction of y to the next, ≥ 1; default 2. */
  readonly period?: number | undefined;
  /** Steps of a correction, ≥ 1; default 3. */
  readonly innerSteps?: number | undefined;
  /** Epochs that find the first y, ≥ 0; each has twice the steps of the one before at half the size. Default 5. */
  readonly refineEpochs?: number | undefined;
  /** Steps of the first epoch, ≥ 1; default 10. */
  readonly refineSteps?: number | undefined;
  /** Of the ball that a correction stays in, and the first epoch; > 0, default ∞. */
  readonly radius?: number | undefined;
  /** Added to ‖m‖ before dividing by it, ≥ 0; default 1e-10. */
  readonly normEps?: number | undefined;
}

/** State of {@link boRep}; `error` is the norm of the last hypergradient. */
export interface BoRepState<X, Y> extends BilevelState<X, Y> {
  /** ≈ H⁻¹ ∇_y F. */
  readonly z: Y;
  /** Momentum of the hypergradient. */
  readonly m: X;
  /** ‖H z − ∇_y F‖ before the last step of z: if it grows, vLr is too large. */
  readonly zResidual: Tensor;
  readonly key: Tensor | null;
}

/**
 * Bilevel optimisation with normalised momentum, for upper levels whose smoothness grows with the gradient.
 *
 * z ← z − vLr (∇²_yy g z − ∇_y F), m ← β m + (1 − β)(∇_x F − ∇²_xy g z), x ← x − outerLr · m / ‖m‖.
 *
 * y is refined once at the start and then corrected only every `period` steps, as x moves by a known length. An
 * iteration costs one Hessian product, one cross product and one gradient of F.
 *
 * @param problem - see {@link BilevelProblem}; the lower level strongly convex in y
 * @param options - see {@link BoRepOptions}
 * @returns a solver for {@link solveBilevel}; `init` refines y
 * @throws ArgumentError for options out of range, and from `init` when the refined y is not finite
 * @example
 * const solver = boRep(problem, { outerLr: (k) => 0.01 / Math.sqrt(1 + k / 200), innerLr: 0.2, vLr: 0.2 });
 * solveBilevel(solver, x, y, { iterations: 1000 }).x
 * @see Hao, Gong & Liu 2024, "Bilevel Optimization under Unbounded Smoothness: A New Algorithm and Convergence
 *   Analysis", algorithms 1 to 3
 */
export function boRep<X, Y, B = undefined>(
  problem: BilevelProblem<X, Y, B>,
  options: BoRepOptions<NoInfer<B>> = {},
): BilevelSolver<X, Y, BoRepState<X, Y>> {
  return untyped(problem as unknown as AnyProblem, options as BoRepOptions<unknown>) as never;
}

type State = BoRepState<Vector, Vector>;

/** Streams of draws. */
const streams = { refine: 0, lower: 1, z: 2, outer: 3 } as const;

function untyped(
  problem: AnyProblem,
  options: BoRepOptions<unknown>,
): BilevelSolver<Vector, Vector, State> {
  const { outerLr = 0.01, innerLr = 0.05, vLr = 0.01, beta = 0.9, period = 2 } = options;
  const { innerSteps = 3, refineEpochs = 5, refineSteps = 10 } = options;
  const { radius = Number.POSITIVE_INFINITY, normEps = 1e-10, sample } = options;
  const derivatives = new Derivatives("boRep", problem);
  checkRate("boRep", "outerLr", outerLr);
  checkRate("boRep", "innerLr", innerLr);
  checkRate("boRep", "vLr", vLr);
  checkBeta("boRep", "beta", beta);
  checkCount("boRep", "period", period);
  checkCount("boRep", "innerSteps", innerSteps);
  checkCount("boRep", "refineEpochs", refineEpochs, 0);
  checkCount("boRep", "refineSteps", refineSteps);
  if (radius !== Number.POSITIVE_INFINITY) checkPositive("boRep", "radius", radius);
  const key = startKey("boRep", options);
  const first = tensor(0, { dtype: "i32" });

  const refine = compiled(
    options as SolverOptions<never>,
    (x: Vector, from: Vector, seed: Tensor | null, lr: Tensor): Vector => {
      const draw = drawAt(sample, seed, first);
      let y = from;
      for (let s = 0; s < refineEpochs; s++) {
        y = walk(derivatives, {
          x,
          y,
          lr: lr.mul(2 ** -s),
          steps: refineSteps * 2 ** s,
          radius: radius * 2 ** (-s / 2),
          draw: (i) => draw(streams.refine, i.mul(refineEpochs).add(s)),
        }).mean;
      }
      return y;
    },
    "boRep refinement",
  );

  const advance = compiled(
    options as SolverOptions<never>,
    (state: State, outer: Tensor, inner: Tensor, linear: Tensor): State => {
      const { x, step } = state;
      const draw = drawAt(sample, state.key, step);
      const corrected = (from: Vector): Vector =>
        walk(derivatives, {
          x,
          y: from,
          lr: inner,
          steps: innerSteps,
          radius,
          draw: (i) => draw(streams.lower, i),
        }).last;
      const due = step.greater(0).logicalAnd(step.mod(period).equal(0));
      const y = cond(due, corrected as never, (from: unknown) => from, state.y as never) as Vector;

      const forZ = { x, y, batch: draw(streams.z) };
      const [, , gy] = derivatives.upperGradients(forZ);
      const residual = subtract(derivatives.lowerHessian(forZ)(state.z), gy);
      const z = addScaled(state.z, linear.neg(), residual);

      const forX = { x, y, batch: draw(streams.outer) };
      const [, direct] = derivatives.upperGradients(forX);
      const h = subtract(direct, derivatives.crossProduct(forX, z));
      const m = add(scale(beta, state.m), scale(1 - beta, h));
      return {
        ...state,
        x: addScaled(x, outer.neg().div(norm(m).add(normEps)), m),
        y,
        z,
        m,
        zResidual: norm(residual),
        step: step.add(1),
        error: norm(h),
        cost: addCost(state.cost, {
          upperGradients: sample === undefined ? 1 : 2,
          lowerGradients: due.cast("i32").mul(innerSteps),
          hessianProducts: 1,
          crossProducts: 1,
        }),
      };
    },
    "boRep step",
  );

  return {
    name: "boRep",
    init(x, y) {
      checkVector("boRep", "x", x);
      checkVector("boRep", "y", y);
      checkInfluence(problem, derivatives, { x, y, batch: drawAt(sample, key, first)(0) });
      const [lr] = ratesAt("boRep", [innerLr], first) as [Tensor];
      const refined = refineEpochs === 0 ? y : refine(x, y, key, lr);
      const size = norm(refined).item();
      if (!Number.isFinite(size)) {
        throw new ArgumentError(
          `boRep: expected a lower level that gradient steps of ${lr.item()} can minimise; y became ${size}; lower innerLr, or bound it by radius`,
          { innerLr: lr.item() },
        );
      }
      return {
        x,
        y: refined,
        z: zerosLike(y),
        m: zerosLike(x),
        zResidual: tensor(Number.POSITIVE_INFINITY),
        key,
        step: first,
        error: tensor(Number.POSITIVE_INFINITY),
        cost: addCost(noCost(), { lowerGradients: refineSteps * (2 ** refineEpochs - 1) }),
      };
    },
    step(state) {
      const [outer, inner, linear] = ratesAt("boRep", [outerLr, innerLr, vLr], state.step);
      return advance(state, outer as Tensor, inner as Tensor, linear as Tensor);
    },
  };
}
