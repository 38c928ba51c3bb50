import { where } from "../ops/compare";
import type { Tensor } from "../tensor";
import { epsilonOf } from "./matrices";

/**
 * 1 / x where |x| exceeds n · ε · scale, 0 elsewhere.
 *
 * Derivatives of eigenvectors divide by gaps between eigenvalues. Vectors of equal eigenvalues may be turned
 * among themselves: what such turns do not change gets nothing from these quotients, and 0 is right for it.
 *
 * @param scale - size of the largest value, broadcasts against x
 * @param n - number of values
 */
export function safeReciprocal(x: Tensor, scale: Tensor, n: number): Tensor {
  const far = x.abs().greater(scale.mul(n * epsilonOf(x.dtype)));
  return where(far, where(far, x, 1).reciprocal(), 0);
}
