import { isFloat } from "../dtype";
import { ArgumentError } from "../errors";
import { checkFunction, checkList, described } from "../internal/check-argument";
import { withTrace } from "../internal/trace";
import { toTensor } from "../ops/promote";
import { constantLike } from "../primitives/constants";
import { isTensor, type Tensor } from "../tensor";
import { flatten, type Tree, unflatten } from "../tree";
import { checkLike, differentiableLeaves, type GradientOf, grad } from "./grad";
import { JvpTrace } from "./jvp-trace";

/**
 * The value of f and its directional derivative, by forward mode: one pass, no memory of intermediates.
 *
 * @param f - any function of trees of float tensors
 * @param primals - where, one entry for each argument
 * @param tangents - the direction, of the same structure
 * @returns a pair of `f(...primals)` and the derivative along the tangents
 * @throws ArgumentError when a tangent has another structure or shape than its primal
 * @example
 * jvp((x: Tensor) => x.square(), [tensor([1, 2])], [tensor([1, 10])]) // [[1, 4], [2, 40]]
 */
export function jvp<A extends unknown[], R>(
  f: (...args: A) => R,
  primals: readonly [...A],
  tangents: { readonly [K in keyof A]: GradientOf<A[K]> },
): [R, GradientOf<R>] {
  checkFunction("jvp", f);
  checkList("jvp", "the arguments", primals);
  checkList("jvp", "the tangents", tangents);
  const flats = primals.map((p) => differentiableLeaves("jvp", p));
  const directions = flats.map((p, i) =>
    checkLike("jvp", "a tangent", p.leaves, p.structure, tangents[i]),
  );
  return withTrace(
    (level) => new JvpTrace(level),
    (trace) => {
      const args = flats.map(({ leaves, structure }, i) =>
        unflatten(
          structure,
          leaves.map((x, j) => trace.join(x, directions[i]?.[j] ?? null)),
        ),
      );
      const { leaves, structure } = flatten(f(...(args as A)) as Tree<Tensor | number>);
      const pairs = leaves.map((y) => trace.split(toTensor(y)));
      return [
        unflatten(
          structure,
          pairs.map(([y]) => y),
        ) as R,
        unflatten(
          structure,
          pairs.map(([y, t]) => t ?? constantLike(y, 0)),
        ) as GradientOf<R>,
      ];
    },
  );
}

/**
 * Product of the Hessian of a scalar function with a vector, at about twice the cost of a gradient.
 *
 * Forward mode over reverse mode; the Hessian is never formed.
 *
 * @param f - returns a float scalar; differentiated with respect to its first argument
 * @returns a function (x, v, ...rest) → H(x) v of x's structure
 * @throws ArgumentError when v has another structure or shape than x
 * @example
 * hvp((x: Tensor) => x.pow(3).sum())(tensor([1, 2]), tensor([1, 1])) // [6, 12]
 */
export function hvp<P, A extends unknown[]>(
  f: (params: P, ...rest: A) => Tensor,
): (params: P, vector: GradientOf<P>, ...rest: A) => GradientOf<P> {
  return (params, vector, ...rest) => {
    const gradient = (p: P): GradientOf<P> => grad(f)(p, ...rest) as GradientOf<P>;
    return jvp(gradient, [params], [vector])[1] as GradientOf<P>;
  };
}

/** Refuses anything but one float tensor (or number) and returns it. */
export function singleTensor(operation: string, x: unknown): Tensor {
  if (typeof x === "number") return toTensor(x);
  if (isTensor(x) && isFloat(x.dtype)) return x;
  throw new ArgumentError(
    `${operation}: expected one float tensor; got ${described(x)}; use vjp, jvp or hvp for trees`,
    { operation },
  );
}
