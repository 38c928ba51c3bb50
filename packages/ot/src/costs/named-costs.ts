import { abs, matmul, maximum, type Tensor, where } from "@x/tensor";
import type { CostFunction, CostName } from "./cost";
import { expansion, FEW_COORDINATES, squaredDistances, sumOverDifferences } from "./differences";

/** s^{1/p} with value and gradient 0 where s is 0. */
export function rootOrZero(s: Tensor, p: number): Tensor {
  const positive = s.greater(0);
  const safe = where(positive, s, 1);
  return where(positive, p === 2 ? safe.sqrt() : safe.pow(1 / p), 0);
}

/** Rounding of the expansion of a squared distance, in units of ‖x‖² + ‖y‖² about the mean. */
const noise = (x: Tensor): number => (x.dtype === "f32" ? 2e-6 : 4e-15);

function euclidean(x: Tensor, y: Tensor): Tensor {
  if ((x.shape[1] as number) <= FEW_COORDINATES) return rootOrZero(squaredDistances(x, y), 2);
  const { squares, scale } = expansion(x, y);
  // The root would turn rounding of 10⁻¹⁶ between coinciding points into distances of 10⁻⁸ with wild gradients.
  return rootOrZero(where(squares.greater(scale.mul(noise(x))), squares, 0), 2);
}

/** Rows of length 1; rows of zeros stay. */
function directions(x: Tensor): Tensor {
  const norm = rootOrZero(x.square().sum(1, { keepDims: true }), 2);
  return x.div(where(norm.greater(0), norm, 1));
}

/** The costs by name; a zero vector has cosine cost 1 to everything. */
export const namedCosts: Readonly<Record<CostName, CostFunction>> = {
  sqeuclidean: squaredDistances,
  euclidean,
  cityblock: (x, y) => sumOverDifferences(x, y, abs),
  cosine: (x, y) => maximum(matmul(directions(x), directions(y).T).neg().add(1), 0),
  dot: (x, y) => matmul(x, y.T).neg(),
};
