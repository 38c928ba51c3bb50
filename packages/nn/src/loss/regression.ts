import { log1p, type Tensor, type TensorLike, where } from "@x/tensor";
import { checkNumber, type LossOptions, pair, reduce } from "./reduction";

/** A loss of predictions and targets of one shape. */
export type PairLoss<O = LossOptions> = (
  predictions: TensorLike,
  targets: TensorLike,
  options?: O,
) => Tensor;

const residual = (operation: string, x: TensorLike, y: TensorLike): Tensor => {
  const [a, b] = pair(operation, x, y);
  return a.sub(b);
};

/**
 * Squared error (x − y)², by default its mean.
 *
 * @param predictions - any shape
 * @param targets - of the same shape
 * @throws ShapeError when the shapes differ
 * @example
 * loss.mse([1, 2], [2, 4]) // 2.5
 */
export const mse: PairLoss = (predictions, targets, options = {}) =>
  reduce("loss.mse", residual("loss.mse", predictions, targets).square(), options);

/**
 * Absolute error |x − y|, by default its mean.
 *
 * @param predictions - any shape
 * @param targets - of the same shape
 * @throws ShapeError when the shapes differ
 * @example
 * loss.mae([1, 2], [2, 4]) // 1.5
 */
export const mae: PairLoss = (predictions, targets, options = {}) =>
  reduce("loss.mae", residual("loss.mae", predictions, targets).abs(), options);

/** Options of {@link huber} and {@link smoothL1}. */
export interface HuberOptions extends LossOptions {
  /** δ > 0, where the parabola becomes a line; default 1. */
  readonly delta?: number | undefined;
}

const huberElements = (operation: string, x: TensorLike, y: TensorLike, delta: number): Tensor => {
  checkNumber(operation, "delta", delta, "> 0", delta > 0);
  const r = residual(operation, x, y);
  const size = r.abs();
  return where(size.lessEqual(delta), r.square().mul(0.5), size.sub(delta / 2).mul(delta));
};

/**
 * Huber's loss: ½ r² for |r| ≤ δ, δ (|r| − ½ δ) beyond, so that outliers pull with a bounded force.
 *
 * @param predictions - any shape
 * @param targets - of the same shape
 * @param options.delta - default 1
 * @throws ShapeError when the shapes differ; ArgumentError unless δ > 0
 * @example
 * loss.huber([0.3, 2, -4], [0, 0, 0], { reduction: "none" }) // [0.045, 1.5, 3.5]
 * @see Huber 1964, "Robust estimation of a location parameter"
 */
export const huber: PairLoss<HuberOptions> = (predictions, targets, options = {}) =>
  reduce(
    "loss.huber",
    huberElements("loss.huber", predictions, targets, options.delta ?? 1),
    options,
  );

/**
 * {@link huber} divided by δ: slope 1 beyond δ, whatever δ is.
 *
 * @param predictions - any shape
 * @param targets - of the same shape
 * @param options.delta - default 1
 * @throws ShapeError when the shapes differ; ArgumentError unless δ > 0
 * @example
 * loss.smoothL1([0.3, 2], [0, 0], { reduction: "none", delta: 0.5 }) // [0.09, 1.75]
 */
export const smoothL1: PairLoss<HuberOptions> = (predictions, targets, options = {}) => {
  const { delta = 1 } = options;
  const losses = huberElements("loss.smoothL1", predictions, targets, delta).div(delta);
  return reduce("loss.smoothL1", losses, options);
};

/**
 * log cosh(x − y): near ½ r² for small residuals and |r| − ln 2 for large ones, smooth everywhere.
 *
 * @param predictions - any shape
 * @param targets - of the same shape
 * @throws ShapeError when the shapes differ
 * @example
 * loss.logCosh([0.3, 2], [0, 0], { reduction: "none" }) // [0.0443, 1.3250]
 */
export const logCosh: PairLoss = (predictions, targets, options = {}) => {
  const r = residual("loss.logCosh", predictions, targets);
  // Not abs, whose slope of 0 at 0 would make the second derivative there 0 instead of 1.
  const size = where(r.less(0), r.neg(), r);
  const losses = size.add(log1p(size.mul(-2).exp())).sub(Math.LN2);
  return reduce("loss.logCosh", losses, options);
};
