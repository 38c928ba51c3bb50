import {
  isTensor,
  ShapeError,
  stopGradient,
  type Tensor,
  type TensorLike,
  take,
  tensor,
  where,
} from "@x/tensor";
import { asFloat, showShape } from "../internal/as-tensor";
import { checkProbabilities } from "../internal/check-probabilities";
import { classLabels } from "./class-labels";
import { checkNumber, type LossOptions, reduce } from "./reduction";

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions extends LossOptions {
  /** Axis of the classes; default −1. PyTorch's layout [batch, classes, …] is 1. */
  readonly axis?: number | undefined;
  /** ε: the target is (1 − ε) · target + ε / C; default 0. */
  readonly labelSmoothing?: number | undefined;
  /** Weight of every class, [C]; default all 1. */
  readonly weights?: TensorLike | undefined;
  /** Integer label whose examples count neither in the loss nor in the mean; default none. */
  readonly ignoreIndex?: number | undefined;
}

/**
 * Cross-entropy of softmax(logits) with integer labels or with probabilities.
 *
 * logsumexp(z) − z_y for a label y; −Σ_c w_c t_c log softmax(z)_c in general. A mean with class weights divides by the
 * sum of the weights that were used: w_y for labels, Σ_c w_c t_c for probabilities. Inside `jit` and on a GPU labels are
 * not checked: negative ones count from the end, and what is still out of range stands for the nearest class.
 *
 * @param logits - floats, [..., C, ...] with the classes along `axis`
 * @param targets - integers of the logits' shape without `axis`, or probabilities of the logits' shape
 * @returns a scalar, or with reduction "none" the losses in the shape without `axis`
 * @throws ShapeError when the shapes do not match; ArgumentError for labels out of range or probabilities whose sum is not
 *   1 to within 1e-3, where their values are known (not inside `jit` or on a GPU)
 * @example
 * loss.crossEntropy([[2, -1, 0.5]], [0]).item() // 0.2413
 */
export function crossEntropy(
  logits: TensorLike,
  targets: TensorLike,
  options: CrossEntropyOptions = {},
): Tensor {
  const { axis = -1, labelSmoothing = 0 } = options;
  checkNumber(
    "loss.crossEntropy",
    "labelSmoothing",
    labelSmoothing,
    "from 0 to 1",
    labelSmoothing >= 0 && labelSmoothing <= 1,
  );
  const z = asFloat(logits);
  const last = axis === -1 || axis === z.shape.length - 1 ? z : z.moveAxis(axis, -1);
  const classes = last.shape[last.shape.length - 1] as number;
  const rows = last.shape.slice(0, -1);
  const weights = options.weights === undefined ? undefined : asFloat(options.weights);
  if (weights !== undefined && (weights.shape.length !== 1 || weights.shape[0] !== classes)) {
    throw new ShapeError(
      `loss.crossEntropy: expected one weight for each of ${classes} classes; got shape ${showShape(weights.shape)}`,
      { classes, shape: weights.shape },
    );
  }
  const t = isTensor(targets) ? targets : tensor(targets);
  if (sameShape(t.shape, rows)) {
    const labels = classLabels("loss.crossEntropy", targets, classes, options.ignoreIndex);
    return hard(shifted(last), labels, weights, labelSmoothing, options);
  }
  if (sameShape(t.shape, z.shape)) {
    const soft = asFloat(t);
    const p = last === z ? soft : soft.moveAxis(axis, -1);
    checkProbabilities("loss.crossEntropy", p);
    return softTargets(shifted(last), p, weights, labelSmoothing, options);
  }
  throw new ShapeError(
    `loss.crossEntropy: expected labels of shape ${showShape(rows)} or probabilities of shape ${showShape(z.shape)}; got ${showShape(t.shape)}`,
    { logits: z.shape, targets: t.shape },
  );
}

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** Logits less their largest, and the logarithm of the sum of their exponentials. */
interface Shifted {
  readonly s: Tensor;
  readonly lse: Tensor;
}

/**
 * Parts of log softmax(z) = s − lse. Kept apart, as a sum with targets then needs no array of logarithms; the largest
 * logit goes first, so that no digits cancel.
 */
function shifted(z: Tensor): Shifted {
  const s = z.sub(stopGradient(z.max(-1, { keepDims: true })));
  return { s, lse: s.exp().sum(-1).log() };
}

function hard(
  { s, lse }: Shifted,
  labels: Tensor,
  weights: Tensor | undefined,
  smoothing: number,
  options: CrossEntropyOptions,
): Tensor {
  const classes = s.shape[s.shape.length - 1] as number;
  const own = lse.sub(s.takeAlongAxis(labels.expandDims(-1), -1).squeeze(-1));
  const used = weights === undefined ? undefined : take(weights, labels);
  let losses = used === undefined ? own : own.mul(used);
  if (smoothing > 0) {
    const all =
      weights === undefined
        ? lse.mul(classes).sub(s.sum(-1))
        : lse.mul(weights.sum()).sub(s.mul(weights).sum(-1));
    losses = losses.mul(1 - smoothing).add(all.mul(smoothing / classes));
  }
  const { ignoreIndex } = options;
  if (ignoreIndex === undefined) return reduce("loss.crossEntropy", losses, options, used);
  const kept = labels.notEqual(ignoreIndex);
  const counted = used ?? kept.cast(s.dtype);
  return reduce("loss.crossEntropy", where(kept, losses, 0), options, where(kept, counted, 0));
}

function softTargets(
  { s, lse }: Shifted,
  p: Tensor,
  weights: Tensor | undefined,
  smoothing: number,
  options: CrossEntropyOptions,
): Tensor {
  const classes = s.shape[s.shape.length - 1] as number;
  const target = smoothing === 0 ? p : p.mul(1 - smoothing).add(smoothing / classes);
  const weighted = weights === undefined ? target : target.mul(weights);
  // 0 · log 0 is 0.
  const nothing = target.equal(0).logicalAnd(s.equal(-Infinity));
  const losses = weighted
    .sum(-1)
    .mul(lse)
    .sub(weighted.mul(where(nothing, 0, s)).sum(-1));
  const used = weights === undefined ? undefined : p.mul(weights).sum(-1);
  return reduce("loss.crossEntropy", losses, options, used);
}
