import { lgamma, type Tensor, type TensorLike } from "@x/tensor";
import { asFloat } from "../internal/as-tensor";
import { checkNumber, type LossOptions, pair, reduce } from "./reduction";

/** Options of {@link poissonNll}. */
export interface PoissonNllOptions extends LossOptions {
  /** Whether predictions are logarithms of rates (true, the default) or rates. */
  readonly logRate?: boolean | undefined;
  /** Add log t!, which no prediction changes; default false. */
  readonly full?: boolean | undefined;
}

/**
 * Negative log-likelihood of counts under Poisson distributions: e^z − t z for log-rates z.
 *
 * @param predictions - log-rates, or rates > 0 with `logRate: false`; any shape
 * @param targets - counts ≥ 0 of the same shape
 * @param options.full - with the constant log t!; default false
 * @throws ShapeError when the shapes differ
 * @example
 * loss.poissonNll([0], [3]) // 1
 */
export function poissonNll(
  predictions: TensorLike,
  targets: TensorLike,
  options: PoissonNllOptions = {},
): Tensor {
  const { logRate = true, full = false } = options;
  const [x, t] = pair("loss.poissonNll", predictions, targets);
  const losses = logRate ? x.exp().sub(t.mul(x)) : x.sub(t.mul(x.log()));
  return reduce("loss.poissonNll", full ? losses.add(lgamma(t.add(1))) : losses, options);
}

/** Options of {@link gaussianNll}. */
export interface GaussianNllOptions extends LossOptions {
  /** Smaller variances count as this one; default 1e-6. */
  readonly floor?: number | undefined;
  /** Add ½ log 2π; default false. */
  readonly full?: boolean | undefined;
}

/**
 * Negative log-likelihood of numbers under normal distributions: ½ (log σ² + (μ − t)² / σ²).
 *
 * @param predictions - means μ, any shape
 * @param variances - σ² ≥ 0, a number or a tensor that broadcasts; below `floor` the floor counts, without gradient
 * @param targets - t, of the means' shape
 * @throws ShapeError when the shapes differ; ArgumentError unless the floor is > 0
 * @example
 * loss.gaussianNll([1], 1, [3]) // 2
 * @see Nix & Weigend 1994, "Estimating the mean and variance of the target probability distribution"
 */
export function gaussianNll(
  predictions: TensorLike,
  variances: TensorLike,
  targets: TensorLike,
  options: GaussianNllOptions = {},
): Tensor {
  const { floor = 1e-6, full = false } = options;
  checkNumber("loss.gaussianNll", "floor", floor, "> 0", floor > 0);
  const [x, t] = pair("loss.gaussianNll", predictions, targets);
  const v = asFloat(variances).maximum(floor);
  const losses = v.log().add(x.sub(t).square().div(v)).mul(0.5);
  return reduce(
    "loss.gaussianNll",
    full ? losses.add(0.5 * Math.log(2 * Math.PI)) : losses,
    options,
  );
}

/**
 * Hinge loss max(0, 1 − t s) of scores with targets ±1.
 *
 * @param scores - s, any shape
 * @param targets - −1 or 1, of the same shape
 * @param options.margin - > 0; default 1
 * @throws ShapeError when the shapes differ
 * @example
 * loss.hinge([2, 0.5, -1], [1, 1, 1], { reduction: "none" }) // [0, 0.5, 2]
 */
export function hinge(
  scores: TensorLike,
  targets: TensorLike,
  options: LossOptions & { readonly margin?: number | undefined } = {},
): Tensor {
  const { margin = 1 } = options;
  checkNumber("loss.hinge", "margin", margin, "> 0", margin > 0);
  const [s, t] = pair("loss.hinge", scores, targets);
  return reduce("loss.hinge", s.mul(t).neg().add(margin).relu(), options);
}
