import { ArgumentError, ConvergenceError, type Tensor, tensor } from "@x/tensor";
import { checkCount, checkObject } from "../core/check";

/** What a solver has evaluated so far; i32 scalars. */
export interface BilevelCost {
  /** Gradients of F, in x and y together. */
  readonly upperGradients: Tensor;
  /** Gradients of g, in y, x or both. */
  readonly lowerGradients: Tensor;
  /** Products with ∇²_yy g. */
  readonly hessianProducts: Tensor;
  /** Products with ∇²_xy g. */
  readonly crossProducts: Tensor;
}

/** What the states of all solvers have: trees of tensors, to be saved and resumed as they are. */
export interface BilevelState<X, Y> {
  readonly x: X;
  readonly y: Y;
  /** Steps taken, i32. */
  readonly step: Tensor;
  /** How far from stationary the last step began, a scalar; each solver says in which measure. */
  readonly error: Tensor;
  readonly cost: BilevelCost;
}

/** A bilevel method: two pure functions over one problem. */
export interface BilevelSolver<X, Y, S extends BilevelState<X, Y> = BilevelState<X, Y>> {
  /** Name in messages. */
  readonly name: string;
  /** The state before the first step; may already solve the lower level. */
  init(x: X, y: Y): S;
  /** One outer step. */
  step(state: S): S;
  /** Why no further step can help; undefined while one may. */
  stopped?(state: S): string | undefined;
}

/** When {@link solveBilevel} stops, and who watches. */
export interface SolveBilevelOptions<S> {
  /** Most outer steps, ≥ 0, those of a resumed state not counted. */
  readonly iterations: number;
  /** Stops when the state's `error` is at most this, ≥ 0; default: it does not. */
  readonly tolerance?: number | undefined;
  /** A state to go on from, in place of `init`. */
  readonly state?: S | undefined;
  /** Called after every step. */
  readonly onStep?: ((state: S) => void) | undefined;
  /** Stops after the current step. */
  readonly signal?: AbortSignal | undefined;
  /** Throw a ConvergenceError when the tolerance is missed; default false. */
  readonly throwOnFailure?: boolean | undefined;
}

/** Result of {@link solveBilevel}. */
export interface SolveBilevelResult<X, Y, S> {
  readonly x: X;
  readonly y: Y;
  /** To resume from. */
  readonly state: S;
  /** Whether `error` reached the tolerance; false without one. */
  readonly converged: boolean;
  readonly iterations: number;
  /** `error` after every step. */
  readonly errors: readonly number[];
  /** Why the solver gave up before `iterations`; undefined otherwise. */
  readonly stopped: string | undefined;
}

/**
 * Runs a bilevel solver.
 *
 * @param solver - {@link bilevel}, {@link boRep}, {@link lvHba} or {@link maid}
 * @param x - where the upper level starts
 * @param y - where the lower level starts
 * @param options - see {@link SolveBilevelOptions}
 * @returns the last x and y, and how the iteration went; not converging is a result
 * @throws ArgumentError for negative iterations or tolerance
 * @throws ConvergenceError with `throwOnFailure`
 * @example
 * const problem = {
 *   upper: (_: Tensor, y: Tensor) => y.sub(0.5).square(),
 *   lower: (x: Tensor, y: Tensor) => y.sub(x).square(),
 * };
 * const inner = scaleByLearningRate(0.25);
 * const solver = bilevel(problem, { method: "cg", outer: inner, inner, innerSteps: 20 });
 * solveBilevel(solver, tensor(3), tensor(0), { iterations: 50 }).x.item() // ≈ 0.5
 */
export function solveBilevel<X, Y, S extends BilevelState<X, Y>>(
  solver: BilevelSolver<X, Y, S>,
  x: X,
  y: Y,
  options: SolveBilevelOptions<NoInfer<S>>,
): SolveBilevelResult<X, Y, S> {
  checkObject(
    "solveBilevel",
    "options",
    options,
    "call solveBilevel(solver, x, y, { iterations })",
  );
  const { iterations, tolerance, onStep, signal } = options;
  checkCount("solveBilevel", "iterations", iterations, 0);
  if (tolerance !== undefined && !(tolerance >= 0)) {
    throw new ArgumentError(`solveBilevel: expected tolerance ≥ 0; got ${tolerance}`, {
      tolerance,
    });
  }
  let state = options.state ?? solver.init(x, y);
  const errors: number[] = [];
  let converged = false;
  let stopped: string | undefined;
  while (errors.length < iterations && !converged && stopped === undefined && !signal?.aborted) {
    state = solver.step(state);
    const error = state.error.item();
    errors.push(error);
    converged = tolerance !== undefined && error <= tolerance;
    stopped = solver.stopped?.(state);
    onStep?.(state);
  }
  if (options.throwOnFailure && !converged) {
    const error = errors.at(-1) ?? Number.NaN;
    throw new ConvergenceError(
      `solveBilevel: expected ${solver.name} to reach the tolerance ${tolerance ?? "(none was given)"}; its error is ${error} after ${errors.length} steps${stopped === undefined ? "" : ` (${stopped})`}; allow more iterations or change its steps`,
      { error, iterations: errors.length, stopped },
    );
  }
  return { x: state.x, y: state.y, state, converged, iterations: errors.length, errors, stopped };
}

const count = (n: number): Tensor => tensor(n, { dtype: "i32" });

export const noCost = (): BilevelCost => ({
  upperGradients: count(0),
  lowerGradients: count(0),
  hessianProducts: count(0),
  crossProducts: count(0),
});

/** A cost with something added; what is not named stays. */
export const addCost = (
  cost: BilevelCost,
  more: { readonly [K in keyof BilevelCost]?: number | Tensor },
): BilevelCost => ({
  upperGradients: cost.upperGradients.add(more.upperGradients ?? 0),
  lowerGradients: cost.lowerGradients.add(more.lowerGradients ?? 0),
  hessianProducts: cost.hessianProducts.add(more.hessianProducts ?? 0),
  crossProducts: cost.crossProducts.add(more.crossProducts ?? 0),
});
