import { eye } from "../creation";
import { ArgumentError } from "../errors";
import { broadcastUnchecked } from "../ops/promote";
import { dot } from "../primitives/dot";
import type { Tensor, TensorLike } from "../tensor";
import { asSquare } from "./matrices";
import { inv } from "./solve";

/**
 * Powers of square matrices by repeated squaring; negative ones by the inverse.
 *
 * @param a - [..., n, n]
 * @param exponent - an integer
 * @throws ArgumentError unless the exponent is an integer, or when a singular matrix has a negative one
 * @example
 * matrixPower([[1, 1], [1, 0]], 10) // [[89, 55], [55, 34]]
 */
export function matrixPower(a: TensorLike, exponent: number): Tensor {
  const t = asSquare("matrixPower", a);
  if (!Number.isSafeInteger(exponent)) {
    throw new ArgumentError(`matrixPower: expected an integer exponent; got ${exponent}`, {
      exponent,
    });
  }
  const n = t.shape.at(-1) as number;
  let square = exponent < 0 ? inv(t) : t;
  let result: Tensor | undefined;
  for (let rest = Math.abs(exponent); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result === undefined ? square : dot(result, square);
    if (rest > 1) square = dot(square, square);
  }
  return result ?? broadcastUnchecked(eye(n, n, { dtype: t.dtype }), t.shape);
}
