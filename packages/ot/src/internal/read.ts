import {
  ArgumentError,
  ShapeError,
  stopGradient,
  type Tensor,
  TraceError,
  type TypedArray,
  tensor,
} from "@x/tensor";
import { elementsOf } from "@x/tensor/kernels";
import type { Values } from "../values";

/** A matrix in C order. */
export interface Matrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** The values as an f64 tensor, with their given shape; traced tensors stay traced. */
export const asTensor = (values: Values, dtype: "f32" | "f64" = "f64"): Tensor =>
  tensor(isRows(values) ? values.map((row) => Array.from(row)) : (values as Tensor), { dtype });

const isRows = (values: Values): values is readonly TypedArray[] =>
  Array.isArray(values) && ArrayBuffer.isView(values[0]);

/** What a value is, for a message. */
export function described(value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object" || value === null) return String(value);
  return `an object with ${Object.keys(value).join(", ")}`;
}

/**
 * What a user passed, as {@link asTensor}.
 *
 * @throws ArgumentError, ShapeError that name the function and its argument, on what is no tensor
 */
export function tensorOf(
  operation: string,
  name: string,
  values: Values,
  dtype?: "f32" | "f64",
): Tensor {
  try {
    return asTensor(values, dtype);
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof ShapeError)
      throw new ShapeError(
        message.replace("tensor", operation).replace(";", ` in ${name};`),
        error.data,
      );
    if (!(error instanceof ArgumentError)) throw error;
    const within = Array.isArray(values) || ArrayBuffer.isView(values);
    const got = within ? `${error.data["type"]} among them` : described(values);
    const ordered = name === "C" && !within && !COSTS_FIRST.test(operation);
    throw new ArgumentError(
      `${operation}: expected numbers in ${name}; got ${got}${ordered ? "; the arguments are (a, b, C, options), for points use costMatrix(X, Y)" : ""}`,
      { argument: name },
    );
  }
}

/** Functions of costs that do not take two weights before them. */
const COSTS_FIRST = /^(assign|jko|bary)/;

/** Values that arrived with 24 bits of precision. */
export const isSingle = (values: Values | null | undefined): boolean =>
  (values as Tensor | null | undefined)?.dtype === "f32" || values instanceof Float32Array;

/** Functions that take part in transformations. */
const DIFFERENTIABLE =
  "use entropicCost, sinkhornLoss, sinkhornDivergenceLoss, unbalancedCost, emdLoss or slicedWassersteinLoss";

/**
 * The elements in C order; a typed array of doubles that the caller must not change.
 *
 * @param instead - what has a derivative
 * @throws TraceError on what `grad` or `jit` looks at: read as plain numbers, it would have a derivative of zero
 */
export function elements(
  operation: string,
  name: string,
  x: Tensor,
  instead: string = DIFFERENTIABLE,
): Float64Array {
  if (stopGradient(x) !== x) {
    throw new TraceError(
      `${operation}: expected plain numbers in ${name}; got a tensor inside grad, jit or vmap, where this function has no derivative; ${instead}, or pass ${name}.stopGradient() outside of jit`,
      { operation, argument: name },
    );
  }
  return elementsOf(x) as Float64Array;
}

/**
 * A vector in f64.
 *
 * @param advice - what to do about another shape
 * @throws ShapeError unless there is exactly one axis, with `length` elements if that is given
 * @throws ArgumentError on NaN or infinite elements
 */
export function readVector(
  operation: string,
  name: string,
  values: Values,
  length?: number,
  advice = "",
): Float64Array {
  const x = tensorOf(operation, name, values);
  if (x.shape.length !== 1 || (length !== undefined && x.shape[0] !== length)) {
    const expected = length === undefined ? "one axis" : `shape [${length}]`;
    throw new ShapeError(
      `${operation}: expected ${name} with ${expected}; got shape [${x.shape.join(", ")}]${advice}`,
      { [name]: x.shape },
    );
  }
  const data = elements(operation, name, x);
  checkFinite(operation, name, data);
  return data;
}

/**
 * A matrix in f64 with at least one row and one column.
 *
 * @param forbidden - whether +∞ is legal, as the cost of a pair that no mass may join
 * @throws ShapeError unless there are two axes of positive length
 * @throws ArgumentError on NaN and infinite elements
 */
export function readMatrix(
  operation: string,
  name: string,
  values: Values,
  { forbidden = false }: { readonly forbidden?: boolean } = {},
): Matrix {
  const matrix = matrixOf(operation, name, values);
  checkFinite(operation, name, matrix.data, matrix.columns, forbidden);
  return matrix;
}

/** Costs, of which +∞ forbids a pair. */
export interface Costs extends Matrix {
  /** The largest size of a finite element. */
  readonly largest: number;
  /** Whether all elements are finite. */
  readonly finite: boolean;
}

/**
 * A matrix of costs in f64, and its exact largest size from the same pass.
 *
 * `readCosts` of Sinkhorn's solvers is faster, but knows a size only to within the root of the number of costs.
 *
 * @throws ShapeError, ArgumentError as {@link readMatrix} with `forbidden`
 */
export function readCostsAndLargest(operation: string, name: string, values: Values): Costs {
  const matrix = matrixOf(operation, name, values);
  const { data } = matrix;
  let largest = 0;
  let finite = true;
  // By index: this passes over the whole matrix, and iterators take four times as long.
  for (let k = 0; k < data.length; k++) {
    const size = Math.abs(data[k] as number);
    if (size <= largest) continue;
    if (size < Infinity) largest = size;
    else if (data[k] === Infinity) finite = false;
    else checkFinite(operation, name, data, matrix.columns, true);
  }
  return { ...matrix, largest, finite };
}

/**
 * A matrix in f64, whatever its elements are.
 *
 * @throws ShapeError unless there are two axes of positive length
 * @throws TraceError inside grad, jit and vmap
 */
export function matrixOf(operation: string, name: string, values: Values): Matrix {
  const x = tensorOf(operation, name, values);
  const [rows = 0, columns = 0] = x.shape;
  if (x.shape.length !== 2 || rows === 0 || columns === 0) {
    throw new ShapeError(
      `${operation}: expected ${name} with two axes of positive length; got shape [${x.shape.join(", ")}]`,
      { [name]: x.shape },
    );
  }
  return { data: elements(operation, name, x), rows, columns };
}

function checkFinite(
  operation: string,
  name: string,
  data: Float64Array,
  columns?: number,
  forbidden = false,
): void {
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (Number.isFinite(value) || (forbidden && value === Infinity)) continue;
    const at = columns === undefined ? `${i}` : `${Math.floor(i / columns)}, ${i % columns}`;
    throw new ArgumentError(
      `${operation}: expected ${forbidden ? "numbers or +Infinity" : "finite numbers"} in ${name}; got ${name}[${at}] = ${value}`,
      { argument: name, index: i, value },
    );
  }
}

/**
 * Weights of n points, uniform 1/n if omitted.
 *
 * @throws ShapeError on another number of weights
 * @throws ArgumentError on NaN, infinite or negative weights, or if none is positive
 */
export function readWeights(
  operation: string,
  name: string,
  weights: Values | null | undefined,
  n: number,
): Float64Array {
  if (weights === null || weights === undefined) return new Float64Array(n).fill(1 / n);
  const data = readVector(operation, name, weights, n, "; weights are one number for each point");
  const negative = data.findIndex((w) => w < 0);
  if (negative >= 0) {
    throw new ArgumentError(
      `${operation}: expected weights ≥ 0; got ${name}[${negative}] = ${data[negative]}`,
      { argument: name, index: negative, value: data[negative] as number },
    );
  }
  if (!data.some((w) => w > 0))
    throw new ArgumentError(`${operation}: expected a positive weight in ${name}; all are zero`);
  return data;
}

/** The sum, with the error of one rounding (Neumaier's compensated summation). */
export function total(values: Float64Array): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** Two measures of equal mass: weights of the n points of one and the m points of the other. */
export interface Masses {
  readonly a: Float64Array;
  readonly b: Float64Array;
}

/**
 * Weights of two measures of equal mass; `b` is rescaled so that the sums agree to the last bit or so.
 *
 * @throws ArgumentError if the sums differ by more than 10⁻⁶ of the larger one (10⁻⁴ for weights in f32), and as
 *   {@link readWeights}
 */
export function readMasses(
  operation: string,
  weightsA: Values | null | undefined,
  weightsB: Values | null | undefined,
  n: number,
  m: number,
  [nameA, nameB]: readonly [string, string] = ["a", "b"],
): Masses {
  const a = readWeights(operation, nameA, weightsA, n);
  const b = readWeights(operation, nameB, weightsB, m);
  const [sumA, sumB] = [total(a), total(b)];
  const tolerance = isSingle(weightsA) || isSingle(weightsB) ? 1e-4 : 1e-6;
  if (!(Math.abs(sumA - sumB) <= tolerance * Math.max(sumA, sumB))) {
    throw new ArgumentError(
      `${operation}: expected ${nameA} and ${nameB} with the same sum; got ${sumA} and ${sumB}; rescale one of them, or use an unbalanced solver`,
      { sumA, sumB },
    );
  }
  const ratio = sumA / sumB;
  return { a, b: ratio === 1 ? b : b.map((w) => w * ratio) };
}
