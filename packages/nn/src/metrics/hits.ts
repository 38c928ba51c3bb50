import {
  ArgumentError,
  arange,
  isTensor,
  ShapeError,
  type Tensor,
  type TensorLike,
  TraceError,
  tensor,
} from "@x/tensor";
import { asFloat, showShape } from "../internal/as-tensor";
import { valuesOf } from "../internal/check";
import { checkClasses } from "./numbers";

/** Options of {@link hits} and {@link accuracy}. */
export interface HitsOptions {
  /** How many of the highest scores count as an answer, ≥ 1; default 1. */
  readonly k?: number | undefined;
}

/**
 * Whether the right class is among the k highest scores; among equal scores lower classes come first.
 *
 * Works inside `jit`, to count hits in a training step; a NaN counts as higher than the right class's score. Where labels
 * cannot be read, as inside `jit`, they are not checked, and what one that is no class gives is not defined.
 *
 * @param scores - logits or probabilities [..., C]
 * @param labels - integers of shape [...]
 * @param options.k - default 1
 * @returns bool of shape [...]
 * @throws ShapeError when the shapes do not match; ArgumentError unless k is an integer ≥ 1, and for what is no class
 * @example
 * metrics.hits([[0.1, 0.7, 0.2], [0.5, 0.4, 0.1]], [1, 1]) // [true, false]
 */
export function hits(scores: TensorLike, labels: TensorLike, options: HitsOptions = {}): Tensor {
  return found("metrics.hits", scores, labels, options);
}

/**
 * Share of examples whose right class is among the k highest scores (k = 1: accuracy; otherwise top-k accuracy).
 *
 * A number, so not for functions that are traced, such as a step under `jit`: there the mean of {@link hits}
 * is the same as a tensor.
 *
 * @param scores - logits or probabilities [..., C]
 * @param labels - integers of shape [...]
 * @param options.k - default 1
 * @throws ShapeError when the shapes do not match or there is no example; ArgumentError for what is no class;
 *   TraceError inside `jit` and `vmap`
 * @example
 * metrics.accuracy([[0.1, 0.7, 0.2], [0.5, 0.4, 0.1]], [1, 1]) // 0.5
 */
export function accuracy(
  scores: TensorLike,
  labels: TensorLike,
  options: HitsOptions = {},
): number {
  const right = found("metrics.accuracy", scores, labels, options);
  if (right.size === 0) {
    throw new ShapeError("metrics.accuracy: expected at least one example; got none");
  }
  const sum = right.sum();
  try {
    return sum.item() / right.size;
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_TRACE") throw error;
    throw new TraceError(
      "metrics.accuracy: expected scores that can be read, as it returns a number; got traced ones; inside jit or vmap use metrics.hits(scores, labels).mean()",
    );
  }
}

function found(
  operation: string,
  scores: TensorLike,
  labels: TensorLike,
  options: HitsOptions,
): Tensor {
  const { k = 1 } = options;
  const s = asFloat(scores);
  const y = isTensor(labels) ? labels : tensor(labels);
  const rows = s.shape.slice(0, -1);
  if (s.shape.length === 0 || showShape(y.shape) !== showShape(rows)) {
    throw new ShapeError(
      `${operation}: expected labels of shape ${showShape(rows)} for scores ${showShape(s.shape)}; got ${showShape(y.shape)}`,
      { scores: s.shape, labels: y.shape },
    );
  }
  if (!Number.isInteger(k) || k < 1) {
    throw new ArgumentError(`${operation}: expected an integer k ≥ 1; got ${String(k)}`, { k });
  }
  const count = s.shape[s.shape.length - 1] as number;
  checkClasses(operation, "labels", valuesOf(y) ?? [], count);
  const classes = arange(count, { dtype: "i32" });
  const own = y.cast("i32").expandDims(-1);
  const right = s.takeAlongAxis(own, -1);
  // Not "greater", so that a NaN on either side never makes a hit.
  const behind = s.less(right).logicalOr(s.equal(right).logicalAnd(classes.greaterEqual(own)));
  return behind.logicalNot().sum(-1).less(k);
}
