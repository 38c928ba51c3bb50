import type { Tensor } from "@x/tensor";
import { trace } from "@x/tensor/linalg";
import type { Values } from "../values";
import { covarianceOf, meanOf } from "./moments";
import { root } from "./roots";

/**
 * The squared 2-Wasserstein distance between two Gaussians,
 * ‖m1 − m2‖² + tr(S1 + S2 − 2(S1^½ S2 S1^½)^½).
 *
 * Differentiable; the derivative in a covariance is infinite where it has a zero eigenvalue in a direction in which
 * the other one has not.
 *
 * @param m1 - mean of the first, shape [d]
 * @param S1 - covariance of the first, shape [d, d], symmetric without negative eigenvalues
 * @param m2 - mean of the second, shape [d]
 * @param S2 - covariance of the second, shape [d, d]
 * @returns a scalar, f64: the square of the distance
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on matrices that are no covariances
 * @example
 * buresW2([0, 0], [[2, 0.5], [0.5, 1]], [0, 0], [[1, -0.3], [-0.3, 3]]).item() // 0.929311854967777
 * @see Dowson & Landau 1982, "The Fréchet distance between multivariate normal distributions"
 */
export function buresW2(m1: Values, S1: Values, m2: Values, S2: Values): Tensor {
  const operation = "buresW2";
  const mean1 = meanOf(operation, "m1", m1);
  const d = mean1.shape[0] as number;
  const mean2 = meanOf(operation, "m2", m2, d);
  const [first, second] = [
    covarianceOf(operation, "S1", S1, d),
    covarianceOf(operation, "S2", S2, d),
  ];
  const half = root(first);
  const cross = root(half.matmul(second).matmul(half));
  return mean1
    .sub(mean2)
    .square()
    .sum()
    .add(trace(first.add(second)).sub(trace(cross).mul(2)));
}
