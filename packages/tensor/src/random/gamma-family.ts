import { ShapeError } from "../errors";
import { toTensor } from "../ops/promote";
import { softmax } from "../ops/reduce";
import { cast } from "../primitives/elementwise";
import { type Shape, showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { type Draw, fused } from "./fused";
import { logGamma } from "./gamma";
import { split } from "./key";
import { normal } from "./normal";
import { type FloatOptions, floatOf, parameter, positive, spread } from "./parameters";

/** Parameters of {@link beta}. */
export interface BetaOptions extends FloatOptions {
  /** First shape parameter, > 0; a number or a tensor that broadcasts to the shape. */
  readonly a: TensorLike;
  /** Second shape parameter, > 0. */
  readonly b: TensorLike;
}

// The quotient g/(g + h) of gamma numbers, taken of logarithms: they may be far below the smallest float.
const ratio: Draw = fused("beta", (key, shape, dtype, a, b) => {
  const [first, second] = split(key);
  const gap = logGamma(first, shape, a as Tensor).sub(logGamma(second, shape, b as Tensor));
  return cast(gap.sigmoid(), dtype);
});

/**
 * Beta numbers: density x^(a−1) (1 − x)^(b−1) / B(a, b) on [0, 1], mean a / (a + b).
 *
 * Differentiable once in both parameters, as {@link gamma}.
 *
 * @param shape - of the result
 * @throws ArgumentError on a parameter that is not a positive finite number
 */
export function beta(key: Tensor, shape: Shape, options: BetaOptions): Tensor {
  const dtype = floatOf("beta", options);
  const a = parameter("beta", "a", options.a, shape, "f64", positive);
  const b = parameter("beta", "b", options.b, shape, "f64", positive);
  return ratio(key, shape, dtype, a, b);
}

/** Parameters of {@link dirichlet}. */
export interface DirichletOptions extends FloatOptions {
  /** α [..., k] > 0. */
  readonly concentration: TensorLike;
}

const simplex: Draw = fused("dirichlet", (key, shape, dtype, a) =>
  cast(softmax(logGamma(key, shape, a as Tensor), -1), dtype),
);

/**
 * Points of the simplex with Dirichlet's distribution: gamma numbers of shape parameters α, divided by their sum.
 *
 * Differentiable once in α, as {@link gamma}.
 *
 * @param shape - of the result, the simplex along its last axis
 * @param options.concentration - α [..., k], broadcasts to the shape
 * @throws ShapeError when the shape does not end with k
 */
export function dirichlet(key: Tensor, shape: Shape, options: DirichletOptions): Tensor {
  const dtype = floatOf("dirichlet", options);
  const a = toTensor(options.concentration, "f64");
  if (a.shape.length === 0 || a.shape.at(-1) !== shape.at(-1)) {
    throw new ShapeError(
      `dirichlet: expected a shape [..., k] for a concentration [..., k]; got ${showShape(shape)} for ${showShape(a.shape)}`,
      { shape, concentration: a.shape },
    );
  }
  return simplex(
    key,
    shape,
    dtype,
    parameter("dirichlet", "concentration", a, shape, "f64", positive),
  );
}

/** Parameters of {@link studentT}. */
export interface StudentTOptions extends FloatOptions {
  /** Degrees of freedom ν > 0; a number or a tensor that broadcasts to the shape. */
  readonly degrees: TensorLike;
}

const student: Draw = fused("studentT", (key, shape, dtype, degrees) => {
  const [first, second] = split(key);
  const half = (degrees as Tensor).mul(0.5);
  // x = z √(ν/2 / g) with g a gamma number of shape parameter ν/2, in logarithms.
  const scale = spread(half.log(), shape)
    .sub(logGamma(second, shape, half))
    .mul(0.5)
    .exp();
  return cast(normal(first, shape, { dtype: "f64" }).mul(scale), dtype);
});

/**
 * Numbers of Student's t distribution: a normal number over the root of an independent χ²(ν) / ν.
 *
 * @param shape - of the result
 * @throws ArgumentError unless the degrees of freedom are positive
 */
export function studentT(key: Tensor, shape: Shape, options: StudentTOptions): Tensor {
  const dtype = floatOf("studentT", options);
  const degrees = parameter("studentT", "degrees", options.degrees, shape, "f64", positive);
  return student(key, shape, dtype, degrees);
}
