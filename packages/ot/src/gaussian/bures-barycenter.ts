import { ArgumentError, stack, type Tensor } from "@x/tensor";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { readWeights } from "../internal/read";
import type { Values } from "../values";
import { covarianceOf, meanOf } from "./moments";
import { inverseRoot, root } from "./roots";

/** How {@link buresBarycenter} iterates. */
export interface BuresBarycenterOptions {
  /** Weights of the measures, ≥ 0, rescaled to the sum 1; default uniform. */
  readonly weights?: Values | null | undefined;
  /** Largest relative change of the covariance in the Frobenius norm to stop at; default 10⁻⁷. */
  readonly tol?: number | undefined;
  /** Default 1000. */
  readonly maxIterations?: number | undefined;
}

const NAMES: OptionNames<BuresBarycenterOptions> = {
  weights: 1,
  tol: 1,
  maxIterations: 1,
};

/** The Gaussian that {@link buresBarycenter} finds. */
export interface BuresBarycenter {
  /** Shape [d]. */
  readonly mean: Tensor;
  /** Shape [d, d]. */
  readonly covariance: Tensor;
  readonly iterations: number;
  readonly converged: boolean;
}

/**
 * The Wasserstein barycenter of Gaussians, itself a Gaussian.
 *
 * Its mean is the mean of the means; its covariance is the fixed point of
 * S ← S^{−½} (Σ w_k (S^½ S_k S^½)^½)² S^{−½}.
 *
 * @param means - K means of shape [d] each, as a list or as [K, d]
 * @param covariances - K covariances of shape [d, d] each, at least one of positive weight positive definite
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on matrices that are no covariances, weights that are negative, or singular covariances only
 * @example
 * buresBarycenter([[0], [4]], [[[1]], [[9]]]).covariance // ≈ [[4]]
 * @see Álvarez-Esteban, del Barrio, Cuesta-Albertos & Matrán 2016, "A fixed-point approach to barycenters in
 *   Wasserstein space"
 */
export function buresBarycenter(
  means: readonly Values[],
  covariances: readonly Values[],
  options: BuresBarycenterOptions = {},
): BuresBarycenter {
  const operation = "buresBarycenter";
  checkOptionNames(operation, options, NAMES);
  const { weights, tol = 1e-7, maxIterations = 1000 } = options;
  if (means.length === 0 || means.length !== covariances.length) {
    throw new ArgumentError(
      `${operation}: expected as many means as covariances, at least one; got ${means.length} and ${covariances.length}`,
      { means: means.length, covariances: covariances.length },
    );
  }
  const m = means.map((mean, k) => meanOf(operation, `means[${k}]`, mean));
  const d = m[0]?.shape[0] as number;
  for (const [k, mean] of m.entries()) meanOf(operation, `means[${k}]`, mean, d);
  const S = covariances.map((s, k) => covarianceOf(operation, `covariances[${k}]`, s, d));
  const w = normalized(readWeights(operation, "weights", weights, m.length));
  const mean = weighted(m, w);
  // The mean of the covariances is regular if any of them is.
  let covariance = weighted(S, w);
  let change = Infinity;
  let iterations = 0;
  while (change > tol && iterations < maxIterations) {
    const next = improve(covariance, S, w);
    change = next.sub(covariance).square().sum().sqrt().item() / frobenius(next);
    if (!Number.isFinite(change)) {
      throw new ArgumentError(
        `${operation}: expected a covariance of positive weight that is positive definite; all are singular; add a small multiple of the identity`,
      );
    }
    covariance = next;
    iterations++;
  }
  return { mean, covariance, iterations, converged: change <= tol };
}

const frobenius = (S: Tensor): number => S.square().sum().sqrt().item();

function normalized(weights: Float64Array): Float64Array {
  const sum = weights.reduce((x, y) => x + y);
  return weights.map((w) => w / sum);
}

/** Σ w_k x_k. */
const weighted = (x: readonly Tensor[], w: Float64Array): Tensor =>
  stack(x.map((t, k) => t.mul(w[k] as number))).sum(0);

function improve(S: Tensor, others: readonly Tensor[], w: Float64Array): Tensor {
  const [half, inverse] = [root(S), inverseRoot(S)];
  const mean = weighted(
    others.map((other) => root(half.matmul(other).matmul(half))),
    w,
  );
  return inverse.matmul(mean.matmul(mean)).matmul(inverse);
}
