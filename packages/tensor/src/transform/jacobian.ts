import { eye } from "../creation";
import { ArgumentError } from "../errors";
import { reshape } from "../primitives/movement";
import type { Tensor } from "../tensor";
import { grad, linearize, vjp } from "./grad";
import { singleTensor } from "./jvp";
import { vmap } from "./vmap";

/** How a Jacobian is computed. */
export interface JacobianOptions {
  /** Column by column ("forward") or row by row ("reverse"); default whichever needs fewer passes. */
  readonly mode?: "forward" | "reverse" | "auto";
}

/**
 * All partial derivatives of a function from one tensor to one tensor.
 *
 * The passes are one batched computation, not a loop.
 *
 * @param f - its first argument is differentiated
 * @returns a function that returns [...output shape, ...input shape]
 * @throws ArgumentError when the argument or the result is not one float tensor
 * @example
 * jacobian((x: Tensor) => x.square())(tensor([1, 2])) // [[2, 0], [0, 4]]
 */
export function jacobian<A extends unknown[]>(
  f: (x: Tensor, ...rest: A) => Tensor,
  options: JacobianOptions = {},
): (x: Tensor, ...rest: A) => Tensor {
  return (x0, ...rest) => {
    const x = singleTensor("jacobian", x0);
    const g = (y: Tensor): Tensor => singleTensor("jacobian", f(y, ...rest));
    const { mode = "auto" } = options;
    if (!["auto", "forward", "reverse"].includes(mode)) {
      throw new ArgumentError(
        `jacobian: expected mode "auto", "forward" or "reverse"; got ${String(mode)}`,
        { mode },
      );
    }
    const [y, pullback] = vjp(g, x);
    const shape = [...y.shape, ...x.shape];
    if (mode === "reverse" || (mode === "auto" && y.size <= x.size)) {
      const basis = reshape(eye(y.size, y.size, { dtype: y.dtype }), [y.size, ...y.shape]);
      const rows = vmap((ct: Tensor) => (pullback as (ct: Tensor) => [Tensor])(ct)[0])(basis);
      return reshape(rows, shape);
    }
    const [, push] = linearize(g, x);
    const basis = reshape(eye(x.size, x.size, { dtype: x.dtype }), [x.size, ...x.shape]);
    const columns = vmap(push as (t: Tensor) => Tensor)(basis);
    return reshape(reshape(columns, [x.size, y.size]).T, shape);
  };
}

/**
 * All second derivatives of a scalar function of one tensor.
 *
 * Forward mode over reverse mode.
 *
 * @param f - returns a float scalar; its first argument is differentiated
 * @returns a function that returns [...input shape, ...input shape]
 * @throws ArgumentError when the argument is not one float tensor
 * @example
 * hessian((x: Tensor) => x.pow(3).sum())(tensor([1, 2])) // [[6, 0], [0, 12]]
 */
export const hessian = <A extends unknown[]>(
  f: (x: Tensor, ...rest: A) => Tensor,
): ((x: Tensor, ...rest: A) => Tensor) =>
  jacobian((x: Tensor, ...rest: A) => grad(f)(x, ...rest) as unknown as Tensor, {
    mode: "forward",
  });
