import { type DType, dtypes } from "../dtype";
import { ArgumentError, ShapeError } from "../errors";
import { checkDType } from "../internal/check-argument";
import { broadcastUnchecked, toTensor } from "../ops/promote";
import { cast } from "../primitives/elementwise";
import { checkShape, type Shape, sameShape, showShape } from "../shape";
import { isTensor, type Tensor, type TensorLike } from "../tensor";

/** Element type of continuous samples. */
export type FloatDType = "f32" | "f64";

/** Options of samplers of real numbers. */
export interface FloatOptions {
  /** Default `f32`. */
  readonly dtype?: FloatDType | undefined;
}

/**
 * The dtype of real samples.
 *
 * @throws ArgumentError unless it is a float
 */
export function floatOf(operation: string, options: FloatOptions): FloatDType {
  const { dtype = "f32" } = options;
  checkDType(operation, dtype, ["f32", "f64"]);
  return dtype;
}

/** A test that plain-number parameters have to pass. */
export interface Requirement {
  /** Words for the message: "a positive number". */
  readonly expected: string;
  holds(value: number): boolean;
}

/** Requirements that several distributions share. */
export const finite: Requirement = { expected: "a finite number", holds: Number.isFinite };
export const positive: Requirement = {
  expected: "a positive finite number",
  holds: (x) => x > 0 && x < Infinity,
};
export const nonNegative: Requirement = {
  expected: "a finite number ≥ 0",
  holds: (x) => x >= 0 && x < Infinity,
};
export const probability: Requirement = {
  expected: "a probability from 0 to 1",
  holds: (x) => x >= 0 && x <= 1,
};

/**
 * A parameter of a distribution as a tensor of `dtype`, checked to broadcast to the shape of the sample.
 *
 * @throws ArgumentError when it is a number that the distribution does not allow
 * @throws ShapeError when it does not broadcast
 */
export function parameter(
  operation: string,
  name: string,
  value: TensorLike,
  shape: Shape,
  dtype: FloatDType,
  requirement: Requirement,
): Tensor {
  if (typeof value === "number" && !requirement.holds(value))
    refuse(operation, name, value, requirement);
  const t = isTensor(value) ? value : toTensor(value, dtype);
  checkShape(operation, shape);
  const lead = shape.length - t.shape.length;
  const fits = lead >= 0 && t.shape.every((d, i) => d === 1 || d === shape[lead + i]);
  if (!fits) {
    throw new ShapeError(
      `${operation}: expected ${name} to broadcast to the sample's shape ${showShape(shape)}; got shape ${showShape(t.shape)}; name the sample's full shape`,
      { operation, shape, parameter: t.shape },
    );
  }
  return cast(t, dtype);
}

/** @throws ArgumentError that names the parameter and its value */
export function refuse(
  operation: string,
  name: string,
  value: number,
  { expected }: Requirement,
): never {
  throw new ArgumentError(`${operation}: expected ${expected} for ${name}; got ${value}`, {
    operation,
    [name]: value,
  });
}

/** @throws ArgumentError unless an interval has a length */
export function checkInterval(operation: string, low: number, high: number): void {
  if (low < high) return;
  throw new ArgumentError(`${operation}: expected low < high; got low = ${low}, high = ${high}`, {
    low,
    high,
  });
}

/** x repeated to `shape`, unless it has it. */
export const spread = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : broadcastUnchecked(x, shape);

/**
 * Checks the dtype of counts.
 *
 * @throws ArgumentError for bool and unknown ones
 */
export function checkCounts(operation: string, dtype: DType): void {
  checkDType(operation, dtype, dtypes.slice(1));
}
