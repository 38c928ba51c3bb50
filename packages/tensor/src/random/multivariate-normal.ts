import { ArgumentError, ShapeError } from "../errors";
import { matmul } from "../ops/matmul";
import { toTensor } from "../ops/promote";
import { cast } from "../primitives/elementwise";
import { type Shape, sameShape, showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { normal } from "./normal";
import { type FloatOptions, finite, floatOf, parameter, spread } from "./parameters";

/** Mean and spread of {@link multivariateNormal}. */
export interface MultivariateNormalOptions extends FloatOptions {
  /** [..., d], default 0. */
  readonly mean?: TensorLike | undefined;
  /** F [..., d, k] with F Fᵀ the covariance: its Cholesky factor, or any other root, of any rank. */
  readonly factor: TensorLike;
}

/**
 * Normal vectors of given mean and covariance: mean + F z with standard normal z. Differentiable in both.
 *
 * @param shape - of the result, the vector along its last axis
 * @param options.factor - F with F Fᵀ the covariance, for instance `cholesky(covariance)` of the linalg entry
 * @throws ArgumentError without a factor; ShapeError when mean or factor do not fit the shape
 */
export function multivariateNormal(
  key: Tensor,
  shape: Shape,
  options: MultivariateNormalOptions,
): Tensor {
  const dtype = floatOf("multivariateNormal", options);
  if (options.factor === undefined) {
    throw new ArgumentError(
      `multivariateNormal: expected a factor; got none; cholesky(covariance) is one`,
    );
  }
  const factor = cast(toTensor(options.factor, dtype), dtype);
  const mean = parameter("multivariateNormal", "mean", options.mean ?? 0, shape, dtype, finite);
  const z = normal(key, [...shape.slice(0, -1), factor.shape.at(-1) ?? 1], { dtype });
  const y = matmul(factor, z.expandDims(-1)).squeeze(-1);
  if (!sameShape(y.shape, shape)) {
    throw new ShapeError(
      `multivariateNormal: expected a shape [..., d] for a factor [..., d, k]; got ${showShape(shape)} for ${showShape(factor.shape)}`,
      { shape, factor: factor.shape },
    );
  }
  return y.add(spread(mean, shape));
}
