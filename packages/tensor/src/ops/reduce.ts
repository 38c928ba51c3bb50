import { ArgumentError, ShapeError } from "../errors";
import * as e from "../primitives/elementwise";
import { reshape } from "../primitives/movement";
import * as p from "../primitives/reduction";
import { normalizeAxes, normalizeAxis, showShape, sizeOf } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { toFloat, toTensor } from "./promote";

/** Which axes a reduction removes (one, several, all by default) and whether they stay with length 1. */
export interface ReduceOptions {
  /** Keep reduced axes with length 1; default false. */
  readonly keepDims?: boolean;
}

/** One axis, several, or (undefined, null) all. */
export type Axes = number | readonly number[] | null | undefined;

type Reduce = (x: TensorLike, axes?: Axes, options?: ReduceOptions) => Tensor;

function apply(
  operation: string,
  f: (x: Tensor, axes: readonly number[]) => Tensor,
  x: Tensor,
  axes: Axes,
  options: ReduceOptions | undefined,
): Tensor {
  const list = normalizeAxes(operation, axes ?? undefined, x.shape.length);
  return restore(f(x, list), x, list, options?.keepDims ?? false);
}

/** The reduced axes again, with length 1, if they are to be kept. */
const restore = (y: Tensor, x: Tensor, axes: readonly number[], keep: boolean): Tensor =>
  keep
    ? reshape(
        y,
        x.shape.map((d, i) => (axes.includes(i) ? 1 : d)),
      )
    : y;

/** Small integers are summed as i32, as bytes would overflow at once. */
function widen(x: TensorLike): Tensor {
  const t = toTensor(x);
  return t.dtype === "bool" || t.dtype === "u8" ? e.cast(t, "i32") : t;
}

/**
 * Sum over axes; 0 for no elements. bool and u8 are summed as i32.
 *
 * @example
 * sum([[1, 2], [3, 4]], 0) // [4, 6]
 */
export const sum: Reduce = (x, axes, options) => apply("sum", p.reduceSum, widen(x), axes, options);

/** Product over axes; 1 for no elements. */
export const prod: Reduce = (x, axes, options) =>
  apply("prod", p.reduceProd, widen(x), axes, options);

const extremum =
  (operation: "max" | "min", f: (x: Tensor, axes: readonly number[]) => Tensor): Reduce =>
  (x, axes, options) => {
    const t = toTensor(x);
    const list = normalizeAxes(operation, axes ?? undefined, t.shape.length);
    const empty = list.find((a) => t.shape[a] === 0);
    if (empty !== undefined) {
      throw new ShapeError(
        `${operation}: expected at least one element; axis ${empty} of shape ${showShape(t.shape)} is empty`,
        { operation, shape: t.shape, axis: empty },
      );
    }
    if (t.dtype === "bool") {
      const logical = operation === "max" ? p.reduceAny : p.reduceAll;
      return restore(logical(t, list), t, list, options?.keepDims ?? false);
    }
    return restore(f(t, list), t, list, options?.keepDims ?? false);
  };

/** Largest element over axes; NaN wins; equal maxima share the gradient. @throws ShapeError on an empty axis */
export const max: Reduce = extremum("max", (x, axes) => p.reduceMax(x, axes));

/** Smallest element over axes; NaN wins; equal minima share the gradient. @throws ShapeError on an empty axis */
export const min: Reduce = extremum("min", (x, axes) => p.reduceMin(x, axes));

const truth =
  (operation: string, f: (x: Tensor, axes: readonly number[]) => Tensor): Reduce =>
  (x, axes, options) =>
    apply(operation, f, e.cast(toTensor(x), "bool"), axes, options);

/** Whether any element is true (not 0); false for no elements. */
export const any: Reduce = truth("any", (x, axes) => p.reduceAny(x, axes));

/** Whether all elements are true (not 0); true for no elements. */
export const all: Reduce = truth("all", (x, axes) => p.reduceAll(x, axes));

/** Number of elements that a reduction combines. */
const countOf = (x: Tensor, axes: readonly number[]): number =>
  sizeOf(axes.map((a) => x.shape[a] as number));

/** Arithmetic mean over axes; NaN for no elements. */
export const mean: Reduce = (x, axes, options) => {
  const t = toFloat(x);
  const list = normalizeAxes("mean", axes ?? undefined, t.shape.length);
  const total = sum(t, list, options);
  return total.div(countOf(t, list));
};

/** Options of {@link variance} and {@link std}. */
export interface VarianceOptions extends ReduceOptions {
  /** Degrees of freedom taken off the divisor; default 0 (the maximum-likelihood estimate). */
  readonly ddof?: number;
}

type Spread = (x: TensorLike, axes?: Axes, options?: VarianceOptions) => Tensor;

/**
 * Mean squared distance from the mean, in two passes; divisor n − ddof.
 *
 * @param options.ddof - default 0
 * @example
 * variance([1, 2, 3], 0, { ddof: 1 }) // 1
 */
export const variance: Spread = (x, axes, options) => {
  const t = toFloat(x);
  const list = normalizeAxes("variance", axes ?? undefined, t.shape.length);
  const centred = t.sub(mean(t, list, { keepDims: true }));
  const divisor = countOf(t, list) - (options?.ddof ?? 0);
  return sum(e.mul(centred, centred), list, options).div(divisor);
};

/** Square root of {@link variance}. */
export const std: Spread = (x, axes, options) => e.sqrt(variance(x, axes, options));

/** Kind of norm: 1, 2, any p > 0, or Infinity. */
export interface NormOptions extends ReduceOptions {
  /** Default 2. */
  readonly p?: number;
}

/**
 * Vector norm (Σ|x|^p)^(1/p) over axes; max |x| for p = Infinity. The gradient at 0 is 0 for p = 2.
 *
 * @param options.p - default 2
 * @throws ArgumentError unless p > 0
 * @example
 * norm([[3, 4], [6, 8]], 1) // [5, 10]
 */
export function norm(x: TensorLike, axes?: Axes, options: NormOptions = {}): Tensor {
  const { p: order = 2 } = options;
  const t = toFloat(x);
  if (!(order > 0)) {
    throw new ArgumentError(`norm: expected p > 0 or Infinity; got ${order}`, { p: order });
  }
  if (order === Infinity) return max(e.abs(t), axes, options);
  if (order === 1) return sum(e.abs(t), axes, options);
  if (order !== 2) return sum(e.abs(t).pow(order), axes, options).pow(1 / order);
  const squares = sum(e.mul(t, t), axes, options);
  const zero = squares.equal(0);
  // √ has infinite slope at 0: take it of 1 there and put the 0 back.
  return zero.where(0, e.sqrt(zero.where(1, squares)));
}

/**
 * log Σ e^x over axes, without overflow; −Infinity for no elements.
 *
 * @example
 * logSumExp([1000, 1000]) // 1000.6932
 */
export const logSumExp: Reduce = (x, axes, options) => {
  const t = toFloat(x);
  const list = normalizeAxes("logSumExp", axes ?? undefined, t.shape.length);
  if (list.some((a) => t.shape[a] === 0)) return e.log(sum(t, list, options));
  const top = max(t, list, { keepDims: true }).stopGradient();
  const shift = e.isFiniteNumber(top).where(top, 0);
  const total = e.log(sum(e.exp(t.sub(shift)), list, { keepDims: true })).add(shift);
  return options?.keepDims === true
    ? total
    : reshape(
        total,
        t.shape.filter((_, i) => !list.includes(i)),
      );
};

/** e^x / Σ e^x along an axis. @param axis - default the last */
export function softmax(x: TensorLike, axis = -1): Tensor {
  const t = toFloat(x);
  if (t.shape[normalizeAxis("softmax", axis, t.shape.length)] === 0) return t;
  const top = max(t, axis, { keepDims: true }).stopGradient();
  const weights = e.exp(t.sub(top));
  return weights.div(sum(weights, axis, { keepDims: true }));
}

/** x − log Σ e^x along an axis. @param axis - default the last */
export function logSoftmax(x: TensorLike, axis = -1): Tensor {
  const t = toFloat(x);
  if (t.shape[normalizeAxis("logSoftmax", axis, t.shape.length)] === 0) return t;
  const shifted = t.sub(max(t, axis, { keepDims: true }).stopGradient());
  return shifted.sub(e.log(sum(e.exp(shifted), axis, { keepDims: true })));
}

const argExtremum =
  (operation: string, kind: "max" | "min") =>
  (x: TensorLike, axis?: number, options?: ReduceOptions): Tensor => {
    const t = toTensor(x);
    const flat = axis === undefined ? reshape(t, [t.size]) : t;
    const a = normalizeAxis(operation, axis ?? 0, flat.shape.length);
    if (flat.shape[a] === 0) {
      throw new ShapeError(
        `${operation}: expected at least one element; axis ${a} of shape ${showShape(t.shape)} is empty`,
        { operation, shape: t.shape, axis: a },
      );
    }
    const index = p.argReduce(flat, kind, a);
    if (options?.keepDims !== true) return index;
    return reshape(
      index,
      t.shape.map((d, i) => (axis === undefined || i === a ? 1 : d)),
    );
  };

/** Index (i32) of the first largest element along an axis, or in the flattened tensor; NaN wins. */
export const argmax: (x: TensorLike, axis?: number, options?: ReduceOptions) => Tensor =
  argExtremum("argmax", "max");

/** Index (i32) of the first smallest element along an axis, or in the flattened tensor; NaN wins. */
export const argmin: (x: TensorLike, axis?: number, options?: ReduceOptions) => Tensor =
  argExtremum("argmin", "min");
