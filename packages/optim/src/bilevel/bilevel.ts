import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import { applyUpdates } from "../core/apply-updates";
import { checkCount, checkObject, checkPositive, checkTransformation } from "../core/check";
import type { GradientTransformation, OptState } from "../types";
import { type BilevelMethod, hypergradientStep } from "./bilevel-step";
import { checkInfluence, checkVector } from "./check-problem";
import { type AnyProblem, Derivatives } from "./derivatives";
import type { BilevelProblem } from "./problem";
import { compiled, drawAt, type SolverOptions, startKey } from "./sampling";
import { addCost, type BilevelSolver, type BilevelState, noCost } from "./solver";
import { norm, type Vector, zerosLike } from "./vectors";

/** Options of {@link bilevel}: those of a method, and these. */
export type BilevelOptions<Y, B = undefined> = BilevelMethod<Y> &
  SolverOptions<B> & {
    /** The optimiser of x. */
    readonly outer: GradientTransformation;
    /** The optimiser of y. */
    readonly inner: GradientTransformation;
    /** Inner steps for each outer one, ≥ 0; default 10. `soba` takes one in any case. */
    readonly innerSteps?: number | undefined;
  };

/**
 * State of {@link bilevel}; `error` is the norm of the hypergradient, for `soba` the largest of the norms of the
 * directions of x, y and v.
 */
export interface HypergradientState<X, Y> extends BilevelState<X, Y> {
  /** ≈ H⁻¹ ∇_y F of the last step, or F²SA's second minimiser; null for methods without either. */
  readonly v: Y | null;
  readonly outer: OptState;
  readonly inner: OptState;
  /** State of the optimiser of v. */
  readonly linear: OptState;
  readonly key: Tensor | null;
}

/**
 * Bilevel optimisation by hypergradient descent with any optimiser at each level.
 *
 * Each outer step moves y by `innerSteps` steps of `inner`, estimates ∇Φ(x) by `method`, and moves x by one step of
 * `outer`. y, v and the optimisers' states are carried over.
 *
 * | method | besides the inner steps |
 * |---|---|
 * | `cg`, `normalCg`, `neumann`, `finiteDifference` | as in {@link hypergradient}; `cg` starts from the last v |
 * | `unrolled` | differentiates the inner steps, whose optimiser starts afresh each time |
 * | `f2sa` | the same number of inner steps on F + λ g, with λ growing by `lambdaGrowth` per outer step |
 * | `amigo` | `linearSteps` steps of `linear` on ½ vᵀHv − vᵀ∇_y F |
 * | `soba` | x, y and v take one step each, all from the same point and batch |
 *
 * @param problem - see {@link BilevelProblem}
 * @param options - see {@link BilevelOptions}
 * @returns a solver for {@link solveBilevel}, or to be stepped by hand
 * @throws ArgumentError for an unknown method or options out of range
 * @example
 * const solver = bilevel(problem, { method: "cg", outer: adam(0.1), inner: sgd(0.5), innerSteps: 20 });
 * let state = solver.init(x, y);
 * for (let k = 0; k < 100; k++) state = solver.step(state);
 * @see Arbel & Mairal 2022 (amigo); Dagréou et al. 2022 (soba); Kwon et al. 2023 (f2sa)
 */
export function bilevel<X, Y, B = undefined>(
  problem: BilevelProblem<X, Y, B>,
  options: BilevelOptions<NoInfer<Y>, NoInfer<B>>,
): BilevelSolver<X, Y, HypergradientState<X, Y>> {
  return untyped(problem as unknown as AnyProblem, options as unknown as AnyOptions) as never;
}

type AnyOptions = BilevelOptions<Vector, unknown>;
type AnyState = HypergradientState<Vector, Vector>;

function untyped(
  problem: AnyProblem,
  options: AnyOptions,
): BilevelSolver<Vector, Vector, AnyState> {
  checkObject("bilevel", "options", options, "call bilevel(problem, { method, outer, inner })");
  const { outer, inner, innerSteps = 10, method } = options;
  const derivatives = new Derivatives("bilevel", problem);
  checkTransformation("bilevel", "outer", outer);
  checkTransformation("bilevel", "inner", inner);
  checkCount("bilevel", "innerSteps", innerSteps, 0);
  checkMethod(options);
  const key = startKey("bilevel", options);
  const keepsV =
    method === "cg" || method === "normalCg" || method === "amigo" || method === "soba";

  const step = compiled(
    options as SolverOptions<never>,
    (state: AnyState): AnyState => {
      const draw = drawAt(options.sample, state.key, state.step);
      const next = hypergradientStep(derivatives, { ...state, draw, innerSteps }, options);
      const moved = outer.update(next.grad, state.outer, state.x);
      return {
        ...state,
        ...next.state,
        x: applyUpdates(state.x, moved.updates),
        outer: moved.state,
        step: state.step.add(1),
        error: next.error ?? norm(next.grad),
        cost: addCost(state.cost, next.cost),
      };
    },
    "bilevel step",
  );
  return {
    name: `bilevel (${method})`,
    init(x, y) {
      checkVector("bilevel", "x", x);
      checkVector("bilevel", "y", y);
      const draw = drawAt(options.sample, key, tensor(0, { dtype: "i32" }));
      checkInfluence(problem, derivatives, { x, y, batch: draw(0) });
      return {
        x,
        y,
        v: keepsV ? zerosLike(y) : method === "f2sa" ? y : null,
        outer: outer.init(x),
        inner: inner.init(y),
        linear:
          "linear" in options ? options.linear.init(y) : method === "f2sa" ? inner.init(y) : null,
        key,
        step: tensor(0, { dtype: "i32" }),
        error: tensor(Number.POSITIVE_INFINITY),
        cost: noCost(),
      };
    },
    step,
  };
}

function checkMethod(options: AnyOptions): void {
  switch (options.method) {
    case "f2sa":
      checkPositive("bilevel", "lambda", options.lambda ?? 1);
      return;
    case "amigo":
      checkTransformation("bilevel", "linear", options.linear);
      checkCount("bilevel", "linearSteps", options.linearSteps ?? 10);
      return;
    case "cg":
    case "normalCg":
    case "neumann":
    case "unrolled":
    case "finiteDifference":
      return;
    case "soba":
      checkTransformation("bilevel", "linear", options.linear);
      return;
    default: {
      const { method } = options as { method?: unknown };
      throw new ArgumentError(
        `bilevel: expected method cg, normalCg, neumann, unrolled, f2sa, finiteDifference, amigo or soba; got ${String(method)}`,
        { method },
      );
    }
  }
}
