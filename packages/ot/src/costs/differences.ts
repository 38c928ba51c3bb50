import { expandDims, matmul, maximum, range, stopGradient, type Tensor } from "@x/tensor";

/** Up to this dimension squared distances come from differences of coordinates, in which nothing cancels. */
export const FEW_COORDINATES = 4;

/** Σ_k h(x_k − y_k) over the coordinates, shape [n, m]. */
export function sumOverDifferences(
  x: Tensor,
  y: Tensor,
  h: (difference: Tensor) => Tensor,
): Tensor {
  const d = x.shape[1] as number;
  if (d === 0 || d > FEW_COORDINATES) return h(expandDims(x, 1).sub(expandDims(y, 0))).sum(-1);
  const term = (k: number): Tensor =>
    h(x.at(range(), range(k, k + 1)).sub(y.at(range(), range(k, k + 1)).T));
  let total = term(0);
  for (let k = 1; k < d; k++) total = total.add(term(k));
  return total;
}

/** ‖x−y‖², shape [n, m], never negative. */
export function squaredDistances(x: Tensor, y: Tensor): Tensor {
  if ((x.shape[1] as number) <= FEW_COORDINATES)
    return sumOverDifferences(x, y, (difference) => difference.square());
  return expansion(x, y).squares;
}

/**
 * ‖x‖² + ‖y‖² − 2 x·y about the common mean, and the two squared norms added.
 *
 * Where rounding leaves a negative number the result is 0 with the derivatives of the formula, which are right.
 */
export function expansion(x: Tensor, y: Tensor): { squares: Tensor; scale: Tensor } {
  const [n, m] = [x.shape[0] as number, y.shape[0] as number];
  // Distances do not see the shift, so neither do their derivatives.
  const centre = stopGradient(
    x
      .sum(0)
      .add(y.sum(0))
      .div(n + m),
  );
  const [p, q] = [x.sub(centre), y.sub(centre)];
  const norms = (z: Tensor): Tensor => z.square().sum(1, { keepDims: true });
  const scale = norms(p).add(norms(q).T);
  const raw = scale.sub(matmul(p.mul(2), q.T));
  return { squares: raw.add(stopGradient(maximum(raw, 0).sub(raw))), scale: stopGradient(scale) };
}
