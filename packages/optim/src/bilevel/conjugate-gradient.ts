import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import { loop } from "./loop";
import {
  add,
  addScaled,
  dot,
  dtypeOf,
  scale,
  select,
  subtract,
  type Vector,
  zerosLike,
} from "./vectors";

/** When {@link conjugateGradient} stops, and where it begins. */
export interface ConjugateGradientOptions<V = Vector> {
  /** First guess, a tree like b; default 0. */
  readonly start?: V | undefined;
  /** Bound on ‖b − A v‖ / ‖b‖, ≥ 0; default 1e-6. */
  readonly tolerance?: Tensor | number | undefined;
  /** Bound on ‖b − A v‖ itself, ≥ 0; the looser of both counts. Default 0. */
  readonly absoluteTolerance?: Tensor | number | undefined;
  /** Most products with A after the first; default 100. */
  readonly maxIterations?: number | undefined;
  /** Added to A's diagonal, ≥ 0; default 0. */
  readonly damping?: number | undefined;
}

/** What an iterative linear solver returns; all scalars are tensors, so that it runs inside `jit`. */
export interface LinearSolveResult<V = Vector> {
  /** v, a tree like b. */
  readonly solution: V;
  /** ‖b − A v‖, as the recursion has it. */
  readonly residual: Tensor;
  /** Number of steps, i32. */
  readonly iterations: Tensor;
  /** Whether the tolerance was met, bool. */
  readonly converged: Tensor;
  /** Whether a direction of curvature ≤ 0 (to working precision) ended it, bool. */
  readonly indefinite: Tensor;
}

/**
 * Solves A v = b for a symmetric positive definite A that is known by its products, by conjugate gradients.
 *
 * Works on trees, inside `jit` and without. It stops at a direction p with pᵀAp ≤ 0, as A is not definite then,
 * and returns what it has.
 *
 * @param apply - v ↦ A v on trees like b
 * @param b - right-hand side, a tree of float tensors
 * @param options - see {@link ConjugateGradientOptions}
 * @returns the solution and how the iteration ended
 * @throws ArgumentError when maxIterations or damping is out of range
 * @example
 * const { solution } = conjugateGradient((v) => v.mul([1, 4]), tensor([1, 1]));
 * solution // [1, 0.25]
 * @see Hestenes & Stiefel 1952
 */
export function conjugateGradient<V>(
  apply: (v: V) => V,
  b: V,
  options: ConjugateGradientOptions<NoInfer<V>> = {},
): LinearSolveResult<V> {
  return solve(apply as never, b as Vector, options as never) as never;
}

function solve(
  apply: (v: Vector) => Vector,
  b: Vector,
  options: ConjugateGradientOptions,
): LinearSolveResult {
  const { tolerance = 1e-6, absoluteTolerance = 0, maxIterations = 100, damping = 0 } = options;
  if (!Number.isInteger(maxIterations) || maxIterations < 0) {
    throw new ArgumentError(
      `conjugateGradient: expected an integer maxIterations ≥ 0; got ${maxIterations}`,
      { maxIterations },
    );
  }
  if (!(damping >= 0 && damping < Infinity)) {
    throw new ArgumentError(`conjugateGradient: expected damping ≥ 0; got ${damping}`, { damping });
  }
  const matrix = damping === 0 ? apply : (v: Vector) => addScaled(apply(v), damping, v);
  const dtype = dtypeOf(b);
  const zero = tensor(0, { dtype });
  // Below this share of the largest curvature seen, a curvature is rounding error.
  const negligible = dtype === "f64" ? 2 ** -52 : 2 ** -23;

  const start = options.start ?? zerosLike(b);
  const first = options.start === undefined ? b : subtract(b, matrix(start));
  const bound = dot(b, b)
    .sqrt()
    .mul(typeof tolerance === "number" ? tolerance : tolerance.cast(dtype))
    .maximum(
      typeof absoluteTolerance === "number" ? absoluteTolerance : absoluteTolerance.cast(dtype),
    );
  const limit = bound.square();

  interface Carry {
    readonly v: Vector;
    readonly r: Vector;
    readonly p: Vector;
    readonly rr: Tensor;
    readonly largest: Tensor;
    readonly k: Tensor;
    readonly indefinite: Tensor;
  }
  const end = loop<Carry>(
    ({ rr, k, indefinite }) =>
      rr.greater(limit).logicalAnd(k.less(maxIterations)).logicalAnd(indefinite.logicalNot()),
    ({ v, r, p, ...c }) => {
      const ap = matrix(p);
      const curvature = dot(p, ap);
      const quotient = curvature.div(dot(p, p));
      const largest = c.largest.maximum(quotient);
      const indefinite = quotient.lessEqual(largest.mul(negligible));
      const step = c.rr.div(curvature);
      const residual = addScaled(r, step.neg(), ap);
      const rr = dot(residual, residual);
      return {
        v: select(indefinite, v, addScaled(v, step, p)),
        r: select(indefinite, r, residual),
        p: add(residual, scale(rr.div(c.rr), p)),
        rr: indefinite.where(c.rr, rr),
        largest,
        k: c.k.add(indefinite.logicalNot().cast("i32")),
        indefinite,
      };
    },
    {
      v: start,
      r: first,
      p: first,
      rr: dot(first, first),
      largest: zero,
      k: tensor(0, { dtype: "i32" }),
      indefinite: tensor(false),
    },
  );
  return {
    solution: end.v,
    residual: end.rr.sqrt(),
    iterations: end.k,
    converged: end.rr.lessEqual(limit),
    indefinite: end.indefinite,
  };
}
