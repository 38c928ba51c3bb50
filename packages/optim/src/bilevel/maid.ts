import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import { checkCount, checkNonNegative, checkPositive } from "../core/check";
import { checkInfluence, checkVector } from "./check-problem";
import { type AnyProblem, Derivatives } from "./derivatives";
import { maidKernels } from "./maid-kernels";
import { type Constants, MaidStep, type Settings } from "./maid-step";
import type { BilevelProblem } from "./problem";
import { type BilevelSolver, type BilevelState, noCost } from "./solver";
import { dtypeOf, type Vector, zerosLike } from "./vectors";

/** A constant of the lower level, or how it depends on x. */
export type LowerConstant<X> = number | ((x: X) => number);

/** Options of {@link maid}. */
export interface MaidOptions<X> {
  /** Strong convexity of g in y, > 0. */
  readonly mu: LowerConstant<X>;
  /** Smoothness of g in y, ≥ mu. */
  readonly L: LowerConstant<X>;
  /** Lipschitz constant of ∇_y F in y, ≥ 0. */
  readonly LgradG: number;
  /** Lipschitz constant of ∇²_xy g in y, ≥ 0; estimated when absent. 0 for quadratics. */
  readonly LB?: number | undefined;
  /** Lipschitz constant of (∇²_yy g)⁻¹ in y, ≥ 0; estimated when absent. 0 for quadratics. */
  readonly LAinv?: number | undefined;
  /** First accuracy of y, > 0; default 0.1. */
  readonly eps?: number | undefined;
  /** First residual of the linear system, > 0; default 0.1. */
  readonly delta?: number | undefined;
  /** First step of x, > 0; default 0.01. */
  readonly step?: number | undefined;
  /** Share of the predicted decrease that a step has to bring, in (0, 1); default 1e-4. */
  readonly eta?: number | undefined;
  /** Factor of the step after a rejection, in (0, 1); default 0.5. */
  readonly rhoDown?: number | undefined;
  /** Factor of the step after success, ≥ 1; default 10/9. */
  readonly rhoUp?: number | undefined;
  /** Factor of both accuracies when they do not suffice, in (0, 1); default 0.5. */
  readonly nuDown?: number | undefined;
  /** Factor of both accuracies after success, ≥ 1; default 1.25. */
  readonly nuUp?: number | undefined;
  /** Trials of a step before the accuracy is raised, ≥ 1; default 10. */
  readonly maxBacktrack?: number | undefined;
  /** Most iterations of one inner solve, ≥ 1; default 100000. */
  readonly maxInner?: number | undefined;
  /** Stops after this many inner and conjugate gradient iterations in all; default ∞. */
  readonly budget?: number | undefined;
  /** Whether F is convex in y: the test of a step is then less strict. Default false. */
  readonly convexUpper?: boolean | undefined;
  /** Whether the parts are compiled. Default true. */
  readonly jit?: boolean | undefined;
}

/** State of {@link maid}; `error` is the norm of the inexact hypergradient, whose relative error is below 1. */
export interface MaidState<X, Y> extends BilevelState<X, Y> {
  /** Accuracy of y: ‖y − y*(x)‖ ≤ eps; f64. */
  readonly eps: Tensor;
  /** Residual of the linear system, f64. */
  readonly delta: Tensor;
  /** The step to try next, f64. */
  readonly stepSize: Tensor;
  /** ≈ (∇²_yy g)⁻¹ ∇_y F. */
  readonly q: Y;
  /** The largest estimates of LB and LAinv so far, f64. */
  readonly estimates: { readonly LB: Tensor; readonly LAinv: Tensor };
  /** An upper bound on Φ(x) at acceptance; never rises. f64. */
  readonly bound: Tensor;
  /** Inner iterations in all, i32. */
  readonly innerIterations: Tensor;
  /** Iterations of conjugate gradients in all, i32. */
  readonly cgIterations: Tensor;
  /** Whether the accuracy asked for went below what floating point can do, bool. */
  readonly accuracyFloor: Tensor;
}

/**
 * Bilevel optimisation that chooses its inner accuracies and its outer step by itself.
 *
 * An inexact hypergradient z with ‖z − ∇Φ‖ ≤ ω, ω computed from ε and δ, is used only where ω ≤ (1 − η)‖z‖, so that
 * −z is a descent direction; a step α is taken only where F decreases by η α ‖z‖² whatever the error ε in y does.
 * Otherwise both accuracies are raised; after success they are lowered and the step grows.
 *
 * For strongly convex, smooth lower levels, in f64. If it stops at `accuracyFloor`, x is stationary as far as
 * floating point can tell, or a constant is wrong.
 *
 * @param problem - see {@link BilevelProblem}; deterministic, the lower level strongly convex in y
 * @param options - mu, L, LgradG are needed; see {@link MaidOptions}
 * @returns a solver for {@link solveBilevel}; each step ends with an accepted x or at a stop
 * @throws ArgumentError for options out of range, also when mu(x) ≤ 0 or L(x) < mu(x) on the way
 * @example
 * const problem = {
 *   upper: (_: Tensor, y: Tensor) => y.sub(1).square().sum(),
 *   lower: (x: Tensor, y: Tensor) => y.sub(x).square().sum(),
 * };
 * const solver = maid(problem, { mu: 2, L: 2, LgradG: 2, LB: 0, LAinv: 0 });
 * const start = tensor([3], { dtype: "f64" });
 * solveBilevel(solver, start, start, { iterations: 60 }).x.at(0).item() // ≈ 1
 * @see Salehi, Mukherjee, Roberts & Ehrhardt 2025, "An adaptively inexact first-order method for bilevel
 *   optimization with application to hyperparameter learning", algorithm 3.1
 */
export function maid<X, Y>(
  problem: BilevelProblem<X, Y>,
  options: MaidOptions<NoInfer<X>>,
): BilevelSolver<X, Y, MaidState<X, Y>> {
  return untyped(
    problem as unknown as AnyProblem,
    options as unknown as MaidOptions<Vector>,
  ) as never;
}

type State = MaidState<Vector, Vector>;

const scalar = (x: number): Tensor => tensor(x, { dtype: "f64" });

function untyped(
  problem: AnyProblem,
  options: MaidOptions<Vector>,
): BilevelSolver<Vector, Vector, State> {
  const derivatives = new Derivatives("maid", problem);
  const settings = checked(options);
  const { eps = 0.1, delta = 0.1, step = 0.01, maxInner = 100_000, budget } = options;
  for (const [name, x] of Object.entries({ eps, delta, step })) checkPositive("maid", name, x);
  checkCount("maid", "maxInner", maxInner);
  const kernels = maidKernels(derivatives, maxInner, options);
  const constants = (x: Vector): Constants => constantsAt(options, x);
  return {
    name: "maid",
    init(x, y) {
      checkVector("maid", "x", x);
      checkVector("maid", "y", y);
      checkInfluence(problem, derivatives, { x, y, batch: undefined });
      constants(x);
      return {
        x,
        y,
        eps: scalar(eps),
        delta: scalar(delta),
        stepSize: scalar(step),
        q: zerosLike(y),
        estimates: { LB: scalar(options.LB ?? 0), LAinv: scalar(options.LAinv ?? 0) },
        bound: scalar(Number.POSITIVE_INFINITY),
        innerIterations: tensor(0, { dtype: "i32" }),
        cgIterations: tensor(0, { dtype: "i32" }),
        accuracyFloor: tensor(false),
        step: tensor(0, { dtype: "i32" }),
        error: scalar(Number.POSITIVE_INFINITY),
        cost: noCost(),
      };
    },
    step: (state) => {
      // Below it, an accuracy is beyond what a gradient can be evaluated to.
      const floor = dtypeOf([state.x, state.y]) === "f64" ? 1e-14 : 1e-6;
      return new MaidStep(kernels, constants, { ...settings, floor }, state).run();
    },
    stopped: (state) => {
      if (state.accuracyFloor.item() === 1) return "accuracyFloor";
      const spent = state.innerIterations.item() + state.cgIterations.item();
      return budget !== undefined && spent >= budget ? "budget" : undefined;
    },
  };
}

function checked(options: MaidOptions<Vector>): Omit<Settings, "floor"> {
  const { eta = 1e-4, rhoDown = 0.5, rhoUp = 10 / 9, nuDown = 0.5, nuUp = 1.25 } = options;
  const { maxBacktrack = 10, LgradG, LB, LAinv, convexUpper = false } = options;
  for (const [name, x] of Object.entries({ eta, rhoDown, nuDown })) {
    if (x > 0 && x < 1) continue;
    throw new ArgumentError(`maid: expected ${name} in (0, 1); got ${x}`, { [name]: x });
  }
  for (const [name, x] of Object.entries({ rhoUp, nuUp })) {
    if (x >= 1 && x < Number.POSITIVE_INFINITY) continue;
    throw new ArgumentError(`maid: expected ${name} ≥ 1 and finite; got ${x}`, { [name]: x });
  }
  checkCount("maid", "maxBacktrack", maxBacktrack);
  checkNonNegative("maid", "LgradG", LgradG);
  if (LB !== undefined) checkNonNegative("maid", "LB", LB);
  if (LAinv !== undefined) checkNonNegative("maid", "LAinv", LAinv);
  const estimated = { LB: LB === undefined, LAinv: LAinv === undefined };
  return { eta, rhoDown, rhoUp, nuDown, nuUp, maxBacktrack, LgradG, convexUpper, estimated };
}

function constantsAt({ mu, L }: MaidOptions<Vector>, x: Vector): Constants {
  const [m, l] = [mu, L].map((c) => (typeof c === "function" ? c(x) : c)) as [number, number];
  if (!(m > 0 && m < Number.POSITIVE_INFINITY)) {
    throw new ArgumentError(
      `maid: lower problem must be strongly convex: mu = ${m}; add a quadratic term in y`,
      { mu: m },
    );
  }
  if (!(l >= m && l < Number.POSITIVE_INFINITY)) {
    throw new ArgumentError(`maid: expected L ≥ mu; got L = ${l} and mu = ${m}`, { L: l, mu: m });
  }
  return { mu: m, L: l };
}
