import type { Tensor } from "@x/tensor";

/** Kernels of Stein's method: exp(−‖x − y‖²/h), (1 + ‖x − y‖²/h)^{−½}, and x·y + 1. */
export type SteinKernel = "rbf" | "imq" | "linear";

/** Σ over coordinates of squares, [n, 1]. */
const squares = (x: Tensor): Tensor => x.mul(x).sum(1, { keepDims: true });

/** ‖x_i − y_j‖², never negative, [n, m]. */
export const squaredDistances = (x: Tensor, y: Tensor): Tensor =>
  squares(x).add(squares(y).T).sub(x.matmul(y.T).mul(2)).maximum(0);

/**
 * Σ_j [k(x_j, y_i) s_j + ∇_{x_j} k(x_j, y_i)] for some points y_i.
 *
 * @param y - [rows, d], part of x
 * @param x - all particles, [n, d], in coordinates with a mean near 0
 * @param s - scores, [n, d]
 */
export function steinSums(kernel: SteinKernel, y: Tensor, x: Tensor, s: Tensor, h: number): Tensor {
  if (kernel === "linear") {
    return y
      .matmul(x.T)
      .add(1)
      .matmul(s)
      .add(y.mul(x.shape[0] as number));
  }
  const r = squaredDistances(y, x).div(h);
  const k = kernel === "rbf" ? r.neg().exp() : r.add(1).pow(-0.5);
  // ∇_{x_j} k = w_ij (y_i − x_j).
  const w = kernel === "rbf" ? k.mul(2 / h) : k.div(r.add(1)).div(h);
  return k
    .matmul(s)
    .add(y.mul(w.sum(1, { keepDims: true })))
    .sub(w.matmul(x));
}
