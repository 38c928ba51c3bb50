import {
  ArgumentError,
  logAddExp,
  logSoftmax,
  type Tensor,
  type TensorLike,
  where,
} from "@x/tensor";
import { asFloat } from "../internal/as-tensor";
import { checkProbabilities } from "../internal/check-probabilities";
import { type LossOptions, pair, reduce } from "./reduction";

/** What distributions are given by. */
export type DistributionForm = "logits" | "log" | "probabilities";

/** Options of {@link kl} and {@link js}. */
export interface DivergenceOptions extends LossOptions {
  /** Logits (default), logarithms of probabilities, or probabilities, along the last axis. */
  readonly from?: DistributionForm | undefined;
}

/** Logarithms of probabilities; −∞ where there is none. */
function logarithms(operation: string, x: Tensor, from: DistributionForm): Tensor {
  if (from === "logits") return logSoftmax(x, -1);
  if (from === "log") return x;
  if (from !== "probabilities") {
    throw new ArgumentError(
      `${operation}: expected from "logits", "log" or "probabilities"; got ${String(from)}`,
      { from },
    );
  }
  checkProbabilities(operation, x);
  const some = x.greater(0);
  return where(some, where(some, x, 1).log(), -Infinity);
}

/** Σ p (log p − log q) along the last axis; terms with p = 0 are 0, also in their derivatives. */
function rows(logP: Tensor, logQ: Tensor): Tensor {
  const some = logP.greater(-Infinity);
  const a = where(some, logP, 0);
  const b = where(some, logQ, 0);
  return where(some, a.exp().mul(a.sub(b)), 0).sum(-1);
}

/**
 * Kullback–Leibler divergence KL(P‖Q) = Σ p (log p − log q) along the last axis.
 *
 * 0 log 0 is 0; where P has mass and Q has none the divergence is Infinity.
 *
 * @param p - [..., n]
 * @param q - of the same shape
 * @param options.from - what the numbers are; default "logits"
 * @returns a scalar, the mean over rows; with reduction "none" a tensor of shape [...]
 * @throws ShapeError when the shapes differ; ArgumentError for probabilities whose sum is not 1 to within 1e-3
 * @example
 * loss.kl([0.2, 0.3, 0.5], [0.1, 0.6, 0.3], { from: "probabilities" }).item() // 0.1861
 */
export function kl(p: TensorLike, q: TensorLike, options: DivergenceOptions = {}): Tensor {
  const { from = "logits" } = options;
  const [a, b] = pair("loss.kl", p, q);
  return reduce(
    "loss.kl",
    rows(logarithms("loss.kl", a, from), logarithms("loss.kl", b, from)),
    options,
  );
}

/**
 * Jensen–Shannon divergence ½ KL(P‖M) + ½ KL(Q‖M) with M = ½ (P + Q), from 0 to ln 2.
 *
 * @param p - [..., n]
 * @param q - of the same shape
 * @param options.from - what the numbers are; default "logits"
 * @returns a scalar, the mean over rows; with reduction "none" a tensor of shape [...]
 * @throws ShapeError when the shapes differ; ArgumentError for probabilities whose sum is not 1 to within 1e-3
 * @example
 * loss.js([0.2, 0.3, 0.5], [0.1, 0.6, 0.3], { from: "probabilities" }) // 0.0466
 * @see Lin 1991, "Divergence measures based on the Shannon entropy"
 */
export function js(p: TensorLike, q: TensorLike, options: DivergenceOptions = {}): Tensor {
  const { from = "logits" } = options;
  const [a, b] = pair("loss.js", p, q);
  const [logP, logQ] = [logarithms("loss.js", a, from), logarithms("loss.js", b, from)];
  // Where neither has mass, any finite number will do: both terms are left out.
  const neither = logP.equal(-Infinity).logicalAnd(logQ.equal(-Infinity));
  const middle = logAddExp(where(neither, 0, logP), where(neither, 0, logQ)).sub(Math.LN2);
  return reduce("loss.js", rows(logP, middle).add(rows(logQ, middle)).mul(0.5), options);
}

/**
 * KL divergence of normal distributions from the standard one, element by element: ½ (σ² + μ² − 1 − ln σ²).
 *
 * A variational autoencoder sums it over the latent axes and averages over the batch: reduction "sum", divided by
 * the size of the batch.
 *
 * @param mean - μ, any shape
 * @param logVariance - ln σ², of the same shape
 * @throws ShapeError when the shapes differ
 * @example
 * loss.gaussianKl([1], [0]) // 0.5
 * @see Kingma & Welling 2014, "Auto-encoding variational Bayes", appendix B
 */
export function gaussianKl(
  mean: TensorLike,
  logVariance: TensorLike,
  options: LossOptions = {},
): Tensor {
  const [mu, v] = pair("loss.gaussianKl", mean, logVariance);
  const losses = v.exp().add(mu.square()).sub(1).sub(v).mul(0.5);
  return reduce("loss.gaussianKl", asFloat(losses), options);
}
