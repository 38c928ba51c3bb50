import type { Tensor } from "@x/tensor";

/** Kernels of Stein's method: exp(−‖x − y‖²/h), (1 + ‖x − y‖²/h)^{−½}, and x·y + 1. */
export type SteinKernel = "rbf" | "imq" | "linear";

/** Σ over coordinates of squares, [n, 1]. */
const squares = (x: Tensor): Tensor => x.mul(x).sum(1, { keepDims: true });

/** ‖x_i − y_j‖², never negative, [n, m]. */
const squaredDistances = (x: Tensor, y: Tensor): Tensor =>
  squares(x).add(squares(y).T).sub(x.matmul(y.T).mul(2)).maximum(0);

type Sums = (y: Tensor, x: Tensor, s: Tensor, h: number) => Tensor;

const radial =
  (of: (r: Tensor, h: number) => { readonly k: Tensor; readonly w: Tensor }): Sums =>
  (y, x, s, h) => {
    // ∇_{x_j} k = w_ij (y_i − x_j).
    const { k, w } = of(squaredDistances(y, x).div(h), h);
    return k
      .matmul(s)
      .add(y.mul(w.sum(1, { keepDims: true })))
      .sub(w.matmul(x));
  };

const sums: Readonly<Record<SteinKernel, Sums>> = {
  rbf: radial((r, h) => {
    const k = r.neg().exp();
    return { k, w: k.mul(2 / h) };
  }),
  imq: radial((r, h) => {
    const k = r.add(1).pow(-0.5);
    return { k, w: k.div(r.add(1)).div(h) };
  }),
  linear: (y, x, s) =>
    y
      .matmul(x.T)
      .add(1)
      .matmul(s)
      .add(y.mul(x.shape[0] as number)),
};

/**
 * Σ_j [k(x_j, y_i) s_j + ∇_{x_j} k(x_j, y_i)] for some points y_i.
 *
 * @param y - [rows, d], part of x
 * @param x - all particles, [n, d], in coordinates with a mean near 0
 * @param s - scores, [n, d]
 */
export const steinSums = (
  kernel: SteinKernel,
  y: Tensor,
  x: Tensor,
  s: Tensor,
  h: number,
): Tensor => sums[kernel](y, x, s, h);
