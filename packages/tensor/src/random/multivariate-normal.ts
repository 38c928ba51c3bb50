import { ArgumentError, ShapeError } from "../errors";
import { cholesky } from "../linalg/cholesky";
import { asSquare } from "../linalg/matrices";
import { matmul } from "../ops/matmul";
import { cast } from "../primitives/elementwise";
import { broadcastShapes, type Shape, sameShape, showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { normal } from "./normal";
import { type FloatOptions, finite, floatOf, parameter, spread } from "./parameters";

/** Mean and covariance of {@link multivariateNormal}; the covariance or a factor of it is needed. */
export interface MultivariateNormalOptions extends FloatOptions {
  /** [..., d], default 0. */
  readonly mean?: TensorLike | undefined;
  /** Symmetric positive definite, [..., d, d]. */
  readonly covariance?: TensorLike | undefined;
  /** F [..., d, d] with F Fᵀ the covariance, which need not be definite then; saves its factorisation. */
  readonly factor?: TensorLike | undefined;
}

/**
 * Normal vectors of given mean and covariance: mean + F z with F the Cholesky factor of the covariance.
 *
 * Differentiable in the mean and the covariance.
 *
 * @param shape - of the result, the vector along its last axis
 * @throws ArgumentError unless exactly one of covariance and factor is given, or when the covariance is not
 *   positive definite; ShapeError when they do not fit the shape
 */
export function multivariateNormal(
  key: Tensor,
  shape: Shape,
  options: MultivariateNormalOptions,
): Tensor {
  const { mean = 0, covariance, factor } = options;
  const operation = "multivariateNormal";
  const dtype = floatOf(operation, options);
  if ((covariance === undefined) === (factor === undefined)) {
    throw new ArgumentError(
      `${operation}: expected a covariance or a factor of it; got ${covariance === undefined ? "neither" : "both"}`,
    );
  }
  const f =
    factor === undefined
      ? cholesky(cast(asSquare(operation, covariance as TensorLike), dtype))
      : cast(asSquare(operation, factor), dtype);
  const d = f.shape.at(-1) as number;
  const lead = shape.slice(0, -1);
  if (shape.at(-1) !== d || !fits(f.shape.slice(0, -2), lead)) {
    throw new ShapeError(
      `${operation}: expected a shape that ends with ${d}, as the covariance has shape ${showShape(f.shape)}; got ${showShape(shape)}`,
      { shape, covariance: f.shape },
    );
  }
  const z = normal(key, shape, { dtype });
  const centre = parameter(operation, "mean", mean, shape, dtype, finite);
  return matmul(f, z.expandDims(-1)).squeeze(-1).add(spread(centre, shape));
}

const fits = (batch: Shape, lead: Shape): boolean =>
  batch.length <= lead.length &&
  sameShape(broadcastShapes("multivariateNormal", batch, lead), lead);
