import {
  ArgumentError,
  logSoftmax,
  ShapeError,
  scatterAdd,
  softmax,
  type Tensor,
  TraceError,
  takeAlongAxis,
  zeros,
} from "@x/tensor";
import { checkBeta, checkCount, checkNonNegative } from "./core/check";

/** Options of {@link elrLoss}. */
export interface ElrOptions {
  /** Examples in the training set. */
  readonly numExamples: number;
  /** Classes, ≥ 2. */
  readonly numClasses: number;
  /** Decay of the running mean of predictions, in [0, 1); default 0.7. */
  readonly beta?: number;
  /** Weight of the regulariser, ≥ 0; default 3. */
  readonly lambda?: number;
  /** Probabilities are kept from 0 and 1 by this much, in (0, 0.5); default 1e-4. */
  readonly clamp?: number;
}

/** What may differ from call to call. */
export interface ElrCall {
  /** Instead of the option, for a ramp such as exp(−5(1 − s)²). */
  readonly lambda?: number | Tensor;
  /** Logits of a teacher, such as a running mean of the network, from which the targets are taken. */
  readonly teacherLogits?: Tensor;
}

/** The loss of a batch, and the targets after it. */
export interface ElrResult {
  /** Scalar; may be negative. */
  readonly loss: Tensor;
  /** [numExamples, numClasses] */
  readonly state: Tensor;
}

/** Made by {@link elrLoss}. */
export interface ElrLoss {
  /** Targets before training: zeros [numExamples, numClasses]. */
  init(options?: { readonly dtype?: "f32" | "f64" }): Tensor;
  /**
   * @param logits - [b, K]
   * @param labels - integers [b], or probabilities [b, K]
   * @param indices - of the examples, integers [b], none twice; checked outside of `jit`
   * @param state - of the previous batch
   */
  loss(logits: Tensor, labels: Tensor, indices: Tensor, state: Tensor, call?: ElrCall): ElrResult;
}

/**
 * Cross-entropy that keeps a classifier near its own early predictions, for training labels of which many are wrong.
 *
 * t_i ← βt_i + (1−β)p_i/Σp_i, without gradient; L = CE(logits, y) + λ/b · Σ_i ln(1 − ⟨p_i, t_i⟩), p the softmax kept
 * from 0 and 1. Settings of the paper: CIFAR-10 with symmetric noise β 0.7, λ 3; asymmetric 0.9, 1; CIFAR-100 0.9, 7.
 *
 * @throws ArgumentError for options out of range and for indices out of range or twice in a batch; ShapeError for
 *   logits of other than numClasses classes
 * @example
 * const elr = elrLoss({ numExamples: 50_000, numClasses: 10 });
 * let targets = elr.init();
 * const { loss, state } = elr.loss(logits, labels, indices, targets);
 * @see Liu et al. 2020, "Early-Learning Regularization Prevents Memorization of Noisy Labels"
 */
export function elrLoss(options: ElrOptions): ElrLoss {
  const { numExamples, numClasses, beta = 0.7, lambda = 3, clamp = 1e-4 } = options;
  checkCount("elrLoss", "numExamples", numExamples);
  checkCount("elrLoss", "numClasses", numClasses, 2);
  checkBeta("elrLoss", "beta", beta);
  checkNonNegative("elrLoss", "lambda", lambda);
  if (!(clamp > 0 && clamp < 0.5)) {
    throw new ArgumentError(`elrLoss: expected clamp in (0, 0.5); got ${clamp}`, { clamp });
  }
  const probabilities = (logits: Tensor): Tensor => softmax(logits, -1).clip(clamp, 1 - clamp);
  return {
    init: ({ dtype = "f32" } = {}) => zeros([numExamples, numClasses], { dtype }),
    loss(logits, labels, indices, state, call = {}) {
      checkShapes(logits, indices, state, options);
      checkIndices(indices, numExamples);
      const p = probabilities(logits);
      const seen = (call.teacherLogits === undefined ? p : probabilities(call.teacherLogits))
        .stopGradient()
        .cast(state.dtype);
      const shares = seen.div(seen.sum(-1, { keepDims: true }));
      const before = state.at(indices);
      const moved = scatterAdd(shares.sub(before).mul(1 - beta), indices, numExamples);
      const next = state.add(moved).stopGradient();
      const agreement = p.mul(next.at(indices).cast(p.dtype)).sum(-1);
      const penalty = agreement.neg().log1p().mean();
      return {
        loss: crossEntropy(logits, labels).add(penalty.mul(call.lambda ?? lambda)),
        state: next,
      };
    },
  };
}

function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const logP = logSoftmax(logits, -1);
  if (labels.rank === 2) return logP.mul(labels).sum(-1).mean().neg();
  return takeAlongAxis(logP, labels.expandDims(-1), -1).mean().neg();
}

function checkShapes(
  logits: Tensor,
  indices: Tensor,
  state: Tensor,
  { numExamples, numClasses }: ElrOptions,
): void {
  const [b, classes] = logits.shape;
  if (logits.rank === 2 && classes === numClasses && indices.rank === 1 && indices.shape[0] === b) {
    if (state.shape.length === 2 && state.shape[0] === numExamples && state.shape[1] === classes) {
      return;
    }
  }
  const show = (x: Tensor): string => `[${x.shape.join(", ")}]`;
  throw new ShapeError(
    `elrLoss: expected logits [b, ${numClasses}], indices [b] and targets [${numExamples}, ${numClasses}]; got ${show(logits)}, ${show(indices)} and ${show(state)}`,
    { logits: logits.shape, indices: indices.shape, state: state.shape },
  );
}

const traceCode: string = new TraceError("").code;

/** The elements of integers, or undefined while they are only being traced. */
function readVector(x: Tensor): ArrayLike<number> | undefined {
  try {
    return x.dataSync();
  } catch (error) {
    if ((error as { code?: unknown }).code === traceCode) return undefined;
    throw error;
  }
}

function checkIndices(indices: Tensor, count: number): void {
  const list = readVector(indices);
  if (list === undefined) return;
  const seen = new Set<number>();
  for (const i of Array.from(list)) {
    if (i < 0 || i >= count || seen.has(i)) {
      const why = seen.has(i) ? `${i} twice` : String(i);
      throw new ArgumentError(
        `elrLoss: expected indices from 0 to ${count - 1}, none twice in a batch; got ${why}`,
        { index: i, count },
      );
    }
    seen.add(i);
  }
}
