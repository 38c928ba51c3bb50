import { sigmoid, softplus, type Tensor, type TensorLike } from "@x/tensor";
import { checkNumber, type LossOptions, pair, reduce } from "./reduction";

/** Options of {@link binaryCrossEntropy}. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Weight of the positive part, > 0; default 1. The mean still divides by the number of elements. */
  readonly positiveWeight?: TensorLike | undefined;
}

/**
 * Cross-entropy of independent yes-or-no answers, from logits.
 *
 * −w t log σ(z) − (1 − t) log(1 − σ(z)) = w t softplus(−z) + (1 − t) softplus(z): no overflow, and small losses keep
 * their digits.
 *
 * @param logits - z, any shape
 * @param targets - t from 0 to 1, of the same shape
 * @param options.positiveWeight - w, a number or a tensor that broadcasts; default 1
 * @returns a scalar, or with reduction "none" a tensor of the logits' shape
 * @throws ShapeError when the shapes differ
 * @example
 * loss.binaryCrossEntropy([3, -2], [1, 0], { reduction: "none" }) // [0.0486, 0.1269]
 */
export function binaryCrossEntropy(
  logits: TensorLike,
  targets: TensorLike,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  const [z, t] = pair("loss.binaryCrossEntropy", logits, targets);
  return reduce("loss.binaryCrossEntropy", weighted(z, t, options.positiveWeight), options);
}

function weighted(z: Tensor, t: Tensor, positiveWeight: TensorLike | undefined): Tensor {
  const positive = t.mul(softplus(z.neg()));
  const negative = t.neg().add(1).mul(softplus(z));
  return negative.add(positiveWeight === undefined ? positive : positive.mul(positiveWeight));
}

/** Options of {@link focal}. */
export interface FocalOptions extends LossOptions {
  /** γ ≥ 0: how much less sure answers count; default 2. */
  readonly gamma?: number | undefined;
  /** α from 0 to 1: weight of the positives, 1 − α that of the negatives; default 0.25. `null` weights neither. */
  readonly alpha?: number | null | undefined;
}

/**
 * Focal loss: binary cross-entropy in which answers that are already right count little, for rare positives.
 *
 * α_t (1 − p_t)^γ · BCE, where p_t is the probability of the right answer; γ = 0 and α = ½ give half of the binary
 * cross-entropy.
 *
 * @param logits - any shape
 * @param targets - from 0 to 1, of the same shape
 * @param options.gamma - default 2
 * @param options.alpha - default 0.25
 * @throws ShapeError when the shapes differ; ArgumentError for options out of range
 * @example
 * loss.focal([0, 0], [1, 0], { reduction: "none" }) // [0.0433, 0.1300]
 * @see Lin, Goyal, Girshick, He & Dollár 2017, "Focal loss for dense object detection", eq. 5
 */
export function focal(logits: TensorLike, targets: TensorLike, options: FocalOptions = {}): Tensor {
  const { gamma = 2, alpha = 0.25 } = options;
  checkNumber("loss.focal", "gamma", gamma, "≥ 0", gamma >= 0);
  const [z, t] = pair("loss.focal", logits, targets);
  const bce = weighted(z, t, undefined);
  const other = t.neg().add(1);
  const wrong = t.mul(sigmoid(z.neg())).add(other.mul(sigmoid(z)));
  // Powers below 1 have no derivative at 0, where sure answers arrive in f32.
  const losses = gamma === 0 ? bce : bce.mul(wrong.maximum(1e-30).pow(gamma));
  if (alpha === null) return reduce("loss.focal", losses, options);
  checkNumber("loss.focal", "alpha", alpha, "from 0 to 1", alpha >= 0 && alpha <= 1);
  const balance = t.mul(alpha).add(other.mul(1 - alpha));
  return reduce("loss.focal", losses.mul(balance), options);
}
