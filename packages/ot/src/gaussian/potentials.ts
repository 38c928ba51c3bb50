import { maximum, type Tensor, tensor } from "@x/tensor";
import { symmetricFunction } from "@x/tensor/linalg";
import { type Matrix, total } from "../internal/read";
import { inverseRoot, root } from "./roots";

/** A cloud about its mean. */
interface Moments {
  readonly mean: Float64Array;
  /** Shape [n, d]. */
  readonly centred: Tensor;
  /** Shape [n, 1], of sum 1. */
  readonly weights: Tensor;
  /** E‖x − mean‖². */
  readonly spread: number;
}

/** What both covariances get on their diagonals, as a part of the spread: clouds may lie in a plane. */
const RIDGE = 1e-9;

/**
 * Potentials of entropic transport with squared distances between the Gaussians that have the moments of two clouds,
 * at their points.
 *
 * With x = m0 + z, y = m1 + w and δ = m0 − m1 they are f = ‖z‖² − zᵀTz + 2δᵀz + ‖δ‖²/2 and
 * g = ‖w‖² − wᵀBw − 2δᵀw + ‖δ‖²/2, up to a constant for ε > 0; T is the regression of w on z in the optimal plan, the
 * solution of T S0 T + (ε/2) T = S1, and B that of z on w. For ε = 0 it is the optimal map, and B its inverse.
 *
 * @param a - weights of x, at least one positive; `b` those of y
 * @param eps - ε ≥ 0
 * @returns f of shape [n] and g of shape [m]
 * @see Janati, Muzellec, Peyré & Cuturi 2020, "Entropic optimal transport between unbalanced Gaussian measures has a
 *   closed form", theorem 1
 */
export function gaussianPotentials(
  x: Matrix,
  y: Matrix,
  a: Float64Array,
  b: Float64Array,
  eps: number,
): { readonly f: Float64Array; readonly g: Float64Array } {
  const [from, to] = [momentsOf(x, a), momentsOf(y, b)];
  // In a unit in which fourth powers do not overflow.
  const unit = Math.sqrt(from.spread + to.spread) || 1;
  const [z, w] = [from.centred.div(unit), to.centred.div(unit)];
  const [S0, S1] = [covariance(z, from), covariance(w, to)];
  const sigma2 = eps / 2 / unit / unit;
  const shift = tensor(from.mean.map((m, k) => (m - (to.mean[k] as number)) / unit)).expandDims(1);
  const half = shift.square().sum().div(2);
  const potential = (points: Tensor, map: Tensor, slope: Tensor): Float64Array =>
    points
      .sub(points.matmul(map))
      .mul(points)
      .sum(1)
      .add(points.matmul(slope).squeeze(1))
      .add(half)
      .mul(unit)
      .mul(unit)
      .dataSync() as Float64Array;
  return {
    f: potential(z, regression(S0, S1, sigma2), shift.mul(2)),
    g: potential(w, regression(S1, S0, sigma2), shift.mul(-2)),
  };
}

function momentsOf({ data, rows, columns: d }: Matrix, weights: Float64Array): Moments {
  const mass = total(weights);
  const mean = new Float64Array(d);
  for (let k = 0; k < data.length; k++) {
    const w = (weights[Math.floor(k / d)] as number) / mass;
    mean[k % d] = (mean[k % d] as number) + w * (data[k] as number);
  }
  const centred = data.map((value, k) => value - (mean[k % d] as number));
  let spread = 0;
  for (let k = 0; k < centred.length; k++)
    spread += ((weights[Math.floor(k / d)] as number) / mass) * (centred[k] as number) ** 2;
  return {
    mean,
    centred: tensor(centred, { shape: [rows, d], copy: false }),
    weights: tensor(weights.map((w) => w / mass)).expandDims(1),
    spread,
  };
}

function covariance(z: Tensor, { weights }: Moments): Tensor {
  const d = z.shape[1] as number;
  const ridge = Float64Array.from({ length: d * d }, (_, k) => (k % (d + 1) === 0 ? RIDGE : 0));
  return z
    .mul(weights)
    .T.matmul(z)
    .add(tensor(ridge, { shape: [d, d] }));
}

/** The positive definite T with T S0 T + σ² T = S1. */
function regression(S0: Tensor, S1: Tensor, sigma2: number): Tensor {
  const [half, inverse] = [root(S0), inverseRoot(S0)];
  // (√(4λ + σ⁴) − σ²)/2 without its cancellation.
  const solution = (values: Tensor): Tensor => {
    const λ = maximum(values, Number.MIN_VALUE);
    return λ.mul(2).div(
      λ
        .mul(4)
        .add(sigma2 * sigma2)
        .sqrt()
        .add(sigma2),
    );
  };
  const inner = symmetricFunction(half.matmul(S1).matmul(half), solution);
  return inverse.matmul(inner).matmul(inverse);
}
