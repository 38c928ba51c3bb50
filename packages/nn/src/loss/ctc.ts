import {
  ArgumentError,
  arange,
  concat,
  full,
  isTensor,
  logAddExp,
  logSoftmax,
  pad,
  range,
  ShapeError,
  scan,
  type Tensor,
  type TensorLike,
  tensor,
  where,
} from "@x/tensor";
import { asFloat, showShape } from "../internal/as-tensor";
import { valuesOf } from "../internal/check";
import { firstPosition } from "../internal/first-position";
import { type LossOptions, reduce } from "./reduction";

/** Options of {@link ctc}. */
export interface CtcOptions extends LossOptions {
  /** Number of time steps of every example, i32 [batch]; default all. */
  readonly inputLengths?: TensorLike | undefined;
  /** Number of labels of every example, i32 [batch]; default all. */
  readonly targetLengths?: TensorLike | undefined;
  /** Class that stands for no label; default 0. */
  readonly blank?: number | undefined;
  /** Give 0 instead of Infinity where a target is too long for its input; default false. */
  readonly zeroInfinity?: boolean | undefined;
}

/** Logarithm of a probability of 0: like −∞ in every sum, and without NaN in derivatives. */
const never = -1e30;

/**
 * Connectionist temporal classification: −log of the probability of all alignments of the labels with the time steps.
 *
 * An alignment names one class for each step; dropping repeats, then blanks, leaves the labels. The sum over
 * alignments is a recursion over time on the labels with blanks between them, here in logarithms.
 *
 * @param logits - [batch, time, classes], not normalised
 * @param targets - integers [batch, length] without blanks; what is beyond `targetLengths` is not looked at
 * @returns a scalar: the mean over the batch of losses divided by the number of labels, as in PyTorch; with reduction
 *   "none" [batch], undivided
 * @throws ShapeError for other shapes; ArgumentError for labels out of range or equal to the blank, where known
 * @example
 * loss.ctc([[[0, 0], [0, 0]]], [[1]]) // 0.2877
 * @see Graves, Fernández, Gomez & Schmidhuber 2006, "Connectionist temporal classification", eqs. 6–8
 */
export function ctc(logits: TensorLike, targets: TensorLike, options: CtcOptions = {}): Tensor {
  const { blank = 0, zeroInfinity = false, reduction = "mean" } = options;
  const z = asFloat(logits);
  const labels = asInteger(targets);
  const [batch, time, classes] = z.shape as [number, number, number];
  if (
    z.shape.length !== 3 ||
    labels.shape.length !== 2 ||
    labels.shape[0] !== batch ||
    time === 0
  ) {
    throw new ShapeError(
      `loss.ctc: expected logits [batch, time ≥ 1, classes] and labels [batch, length]; got ${showShape(z.shape)} and ${showShape(labels.shape)}`,
      { logits: z.shape, targets: labels.shape },
    );
  }
  const length = labels.shape[1] as number;
  const steps = lengths("inputLengths", options.inputLengths, batch, time);
  const counts = lengths("targetLengths", options.targetLengths, batch, length);
  checkLabels(labels, counts, classes, blank);

  const symbols = spread(labels, blank);
  const logP = logSoftmax(z, -1).maximum(never);
  const width = 2 * length + 1;
  const emitted = logP.takeAlongAxis(symbols.expandDims(1).broadcastTo([batch, time, width]), -1);
  const last = forward(emitted, symbols, steps, blank);

  const atBlank = last.takeAlongAxis(counts.mul(2).expandDims(1), 1);
  const atLabel = last.takeAlongAxis(counts.mul(2).sub(1).maximum(0).expandDims(1), 1);
  const none = counts.equal(0).expandDims(1);
  const total = where(none, atBlank, logAddExp(atBlank, atLabel)).squeeze(1);
  const impossible = total.less(never / 10);
  const losses = where(impossible, zeroInfinity ? 0 : Infinity, total.neg());
  if (reduction !== "mean") return reduce("loss.ctc", losses, options);
  return losses.div(counts.maximum(1).cast(losses.dtype)).mean();
}

/** Log-probabilities of all prefixes after the last step of every example: [batch, 2L + 1]. */
function forward(emitted: Tensor, symbols: Tensor, steps: Tensor, blank: number): Tensor {
  const [, time, width] = emitted.shape as [number, number, number];
  const gap = { value: never };
  const shifted = (x: Tensor, by: number): Tensor =>
    pad(x.at(range(), range(0, Math.max(0, width - by))), [0, [Math.min(by, width), 0]], gap);
  // A label may follow another one directly, unless they are equal: then the blank between them is needed.
  const direct = symbols.notEqual(blank).logicalAnd(symbols.notEqual(symbols.roll(2, 1)));
  // Positions before the first are where the first two symbols are entered from.
  const position = arange(width, { dtype: "i32" });
  const start = where(position.less(2), emitted.at(range(), 0), never);
  const step = (alpha: Tensor, x: { t: Tensor; e: Tensor }): [Tensor, null] => {
    const stayed = logAddExp(alpha, shifted(alpha, 1));
    const skipped = where(direct, shifted(alpha, 2), never);
    const next = logAddExp(stayed, skipped).add(x.e);
    return [where(x.t.less(steps).expandDims(1), next, alpha), null];
  };
  const xs = {
    t: arange(1, time, { dtype: "i32" }),
    e: emitted.at(range(), range(1)).moveAxis(1, 0),
  };
  return scan(step, start, xs)[0];
}

/** Labels with blanks before, between and after them: [batch, 2L + 1]. */
function spread(labels: Tensor, blank: number): Tensor {
  const [batch, length] = labels.shape as [number, number];
  const blanks = full([batch, length, 1], blank, { dtype: "i32" });
  const pairs = concat([blanks, labels.expandDims(2)], 2).reshape([batch, 2 * length]);
  return concat([pairs, full([batch, 1], blank, { dtype: "i32" })], 1);
}

const asInteger = (x: TensorLike): Tensor => {
  const t = isTensor(x) ? x : tensor(x, { dtype: "i32" });
  if (t.dtype === "f32" || t.dtype === "f64") {
    throw new ArgumentError(`loss.ctc: expected integers; got ${t.dtype}; cast them to i32`);
  }
  return t.cast("i32");
};

function lengths(
  name: string,
  given: TensorLike | undefined,
  batch: number,
  longest: number,
): Tensor {
  if (given === undefined) return full([batch], longest, { dtype: "i32" });
  const t = asInteger(given);
  const at = firstPosition(valuesOf(t), (n) => n < 0 || n > longest);
  if (t.shape.length === 1 && t.shape[0] === batch && at < 0) return t;
  throw new ArgumentError(
    `loss.ctc: expected ${name} of shape [${batch}] from 0 to ${longest}; got shape ${showShape(t.shape)}${at < 0 ? "" : ` with ${valuesOf(t)?.[at]} at position ${at}`}`,
    { name, shape: t.shape },
  );
}

function checkLabels(labels: Tensor, counts: Tensor, classes: number, blank: number): void {
  const [values, used] = [valuesOf(labels), valuesOf(counts)];
  if (values === undefined || used === undefined) return;
  const length = labels.shape[1] as number;
  const at = firstPosition(
    values,
    (v, i) =>
      i % length < (used[Math.floor(i / length)] as number) &&
      (v < 0 || v >= classes || v === blank),
  );
  if (at < 0) return;
  throw new ArgumentError(
    `loss.ctc: expected labels from 0 to ${classes - 1} other than the blank ${blank}; got ${values[at]} at position [${Math.floor(at / length)}, ${at % length}]`,
    { value: values[at] },
  );
}
