import { concat, matmul, onesLike, stopGradient, type Tensor } from "@x/tensor";
import type { Cost } from "../costs/cost";
import { costMatrix } from "../costs/cost-matrix";
import { tracingOf } from "../internal/tracing";

/**
 * `costMatrix` of f64 points, of which squared Euclid has a short way back.
 *
 * With constants X, Y of the same values and u = x − X, w = y − Y, which are zero but have derivatives,
 * ‖x−y‖² = ‖X−Y‖² + u·(X+x) + w·(Y+y) − 2 x·w − 2 u·Y: a constant and one product of matrices, instead of differences
 * of coordinates for every pair. Points are taken about the mean of y, so that little cancels in the derivatives.
 */
export function pointCosts(x: Tensor, y: Tensor, cost: Cost = "sqeuclidean"): Tensor {
  const tracing = tracingOf([x, y]);
  if (cost !== "sqeuclidean" || tracing === "none" || tracing === "staged")
    return costMatrix(x, y, cost);
  const mean = stopGradient(y).mean(0);
  const [x0, y0] = [x.sub(mean), y.sub(mean)];
  const [X, Y] = [stopGradient(x0), stopGradient(y0)];
  const [u, w] = [x0.sub(X), y0.sub(Y)];
  const [rows, columns] = [column(u.mul(x0.add(X))), column(w.mul(y0.add(Y)))];
  const left = concat([x0.mul(-2), u.mul(-2), rows, onesLike(rows)], 1);
  const right = concat([w, Y, onesLike(columns), columns], 1);
  return costMatrix(stopGradient(x), stopGradient(y)).add(matmul(left, right.T));
}

/** Sums of rows, shape [n, 1]. */
const column = (x: Tensor): Tensor => x.sum(1).expandDims(1);
