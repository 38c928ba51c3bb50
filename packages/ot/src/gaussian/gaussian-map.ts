import { ArgumentError, ShapeError, type Tensor, transpose, zerosLike } from "@x/tensor";
import { eigvalsh } from "@x/tensor/linalg";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { asTensor, readMatrix, readWeights, tensorOf } from "../internal/read";
import { knownValue } from "../internal/tracing";
import type { Values } from "../values";
import { covarianceOf, meanOf } from "./moments";
import { inverseRoot, root } from "./roots";

/** The optimal map between two Gaussians, x ↦ m2 + A (x − m1). */
export interface AffineMap {
  /** The symmetric matrix A, shape [d, d]. */
  readonly A: Tensor;
  /** m2 − A m1, shape [d]. */
  readonly offset: Tensor;
  /** Maps points in rows, [n, d] to [n, d], or one point [d]. */
  apply(x: Values): Tensor;
}

/**
 * The optimal transport map for the squared distance from one Gaussian to another,
 * A = S1^{−½} (S1^½ S2 S1^½)^½ S1^{−½}.
 *
 * @param m1 - mean of the first, shape [d]
 * @param S1 - covariance of the first, shape [d, d], positive definite
 * @param m2 - mean of the second, shape [d]
 * @param S2 - covariance of the second, shape [d, d], without negative eigenvalues
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on matrices that are no covariances, or if S1 is singular
 * @example
 * gaussianMap([0], [[1]], [3], [[4]]).apply([[1]]) // [[5]]
 * @see Dowson & Landau 1982; Peyré & Cuturi 2019, "Computational Optimal Transport", remark 2.31
 */
export function gaussianMap(m1: Values, S1: Values, m2: Values, S2: Values): AffineMap {
  const operation = "gaussianMap";
  const from = meanOf(operation, "m1", m1);
  const d = from.shape[0] as number;
  const to = meanOf(operation, "m2", m2, d);
  const first = covarianceOf(operation, "S1", S1, d);
  checkRegular(operation, first);
  return mapBetween(from, first, to, covarianceOf(operation, "S2", S2, d));
}

function checkRegular(operation: string, S1: Tensor): void {
  const known = knownValue(S1);
  if (known === undefined) return;
  const eigenvalues = eigvalsh(known);
  const [least, most] = [eigenvalues.min().item(), eigenvalues.max().item()];
  if (least > 1e-14 * most) return;
  throw new ArgumentError(
    `${operation}: expected a positive definite S1; its eigenvalues reach from ${least} to ${most}; add a small multiple of the identity`,
    { least, most },
  );
}

function mapBetween(from: Tensor, S1: Tensor, to: Tensor, S2: Tensor): AffineMap {
  const [half, inverse] = [root(S1), inverseRoot(S1)];
  const A = inverse.matmul(root(half.matmul(S2).matmul(half))).matmul(inverse);
  const offset = to.sub(A.matmul(from));
  return {
    A,
    offset,
    // A is symmetric.
    apply: (x) => tensorOf("gaussianMap", "x", x).matmul(A).add(offset),
  };
}

/** How {@link empiricalGaussianMap} estimates moments. */
export interface EmpiricalMapOptions {
  /** Weights of the rows of X, shape [n]; default uniform. */
  readonly a?: Values | null | undefined;
  /** Weights of the rows of Y, shape [m]; default uniform. */
  readonly b?: Values | null | undefined;
  /** What both covariances get on their diagonals, ≥ 0; default 10⁻⁶. */
  readonly reg?: number | undefined;
}

const NAMES: OptionNames<EmpiricalMapOptions> = {
  a: 1,
  b: 1,
  reg: 1,
};

/**
 * The {@link gaussianMap} between two clouds of points, from their means and (biased) covariances.
 *
 * @param X - points of the first measure, shape [n, d]
 * @param Y - points of the second measure, shape [m, d]
 * @throws ShapeError on points of different dimensions
 * @throws ArgumentError on values or weights that are not finite, or if a covariance stays singular
 * @example
 * empiricalGaussianMap([[0], [2]], [[5], [9]]).apply([[1]]) // ≈ [[7]]
 */
export function empiricalGaussianMap(
  X: Values,
  Y: Values,
  options: EmpiricalMapOptions = {},
): AffineMap {
  const operation = "empiricalGaussianMap";
  checkOptionNames(operation, options, NAMES);
  const { reg = 1e-6 } = options;
  if (!(reg >= 0 && Number.isFinite(reg)))
    throw new ArgumentError(`${operation}: expected a finite reg ≥ 0; got ${reg}`, { reg });
  const [n, d] = sizes(operation, "X", X);
  const [m, e] = sizes(operation, "Y", Y);
  if (d !== e)
    throw new ShapeError(
      `${operation}: expected points of one dimension; got X in ${d}, Y in ${e}`,
      { X: d, Y: e },
    );
  const first = moments(asTensor(X), asTensor(readWeights(operation, "a", options.a, n)), reg);
  const second = moments(asTensor(Y), asTensor(readWeights(operation, "b", options.b, m)), reg);
  checkRegular(operation, first.covariance);
  return mapBetween(first.mean, first.covariance, second.mean, second.covariance);
}

function sizes(operation: string, name: string, points: Values): readonly [number, number] {
  const x = tensorOf(operation, name, points);
  const { rows, columns } = readMatrix(operation, name, knownValue(x) ?? zerosLike(x));
  return [rows, columns];
}

function moments(
  X: Tensor,
  weights: Tensor,
  reg: number,
): { readonly mean: Tensor; readonly covariance: Tensor } {
  const w = weights.div(weights.sum()).expandDims(-1);
  const mean = X.mul(w).sum(0);
  const centred = X.sub(mean);
  const d = mean.shape[0] as number;
  const ridge = asTensor(
    Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => (i === j ? reg : 0))),
  );
  return { mean, covariance: transpose(centred.mul(w)).matmul(centred).add(ridge) };
}
