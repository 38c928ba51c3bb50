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
 * @returns a function that returns [...input shape, ...input shape]
 */
export const hessian = <A extends unknown[]>(
  f: (x: Tensor, ...rest: A) => Tensor,
): ((x: Tensor, ...rest: A) => Tensor) =>
  jacobian((x: Tensor, ...rest: A) => grad(f)(x, ...rest) as unknown as Tensor, {
    mode: "forward",
  });
