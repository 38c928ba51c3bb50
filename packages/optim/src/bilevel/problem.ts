import type { Tensor } from "@x/tensor";

/**
 * Constraints of the lower level, g(x, y) ≤ 0 and h(x, y) = 0, convex in y.
 *
 * @see {@link lvHba}, the solver that uses them
 */
export interface LowerConstraints<X, Y> {
  /** g(x, y), shape [ℓ]; feasible where every component is ≤ 0. */
  readonly inequality?: ((x: X, y: Y) => Tensor) | undefined;
  /** h(x, y), shape [m]; feasible where every component is 0. */
  readonly equality?: ((x: X, y: Y) => Tensor) | undefined;
  /**
   * Euclidean projection on {(x, y) : g ≤ 0, h = 0}, within the sets of x and of y if these are restricted.
   * Needed when a constraint is not affine in (x, y); affine ones are projected on by {@link affineProjection}.
   */
  readonly projectXY?: ((x: X, y: Y) => readonly [X, Y]) | undefined;
  /** Euclidean projection on the set that y is restricted to; default: none. */
  readonly projectY?: ((y: Y) => Y) | undefined;
}

/**
 * Two nested minimisations, the one interface of all bilevel methods here.
 *
 * min over x of F(x, y*(x)), where y*(x) minimises g(x, ·).
 *
 * Both levels are pure functions that return a float scalar; x and y are trees of float tensors. What they read
 * from outside is frozen when a solver compiles them: whatever changes goes into the batch.
 */
export interface BilevelProblem<X, Y, B = undefined> {
  /** F(x, y): the loss that counts, such as a validation loss. */
  readonly upper: (x: X, y: Y, batch: B) => Tensor;
  /** g(x, y): the loss that y minimises, such as a training loss under the hyper-parameters x. */
  readonly lower: (x: X, y: Y, batch: B) => Tensor;
  /** Constraints of the lower level; only {@link lvHba} honours them. */
  readonly constraints?: LowerConstraints<X, Y> | undefined;
}
