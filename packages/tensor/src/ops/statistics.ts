import { tensor } from "../creation";
import { ArgumentError, ShapeError } from "../errors";
import { moveAxis } from "../primitives/batching";
import { add, eq, isNan, mul, select, sub } from "../primitives/elementwise";
import { gather } from "../primitives/indexing";
import { reshape, slice, transpose } from "../primitives/movement";
import { sort } from "../primitives/sorting";
import { normalizeAxes, showShape, sizeOf } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { broadcastUnchecked, toFloat } from "./promote";
import type { Axes, ReduceOptions } from "./reduce";

/**
 * Quantiles of the elements over axes, with linear interpolation between neighbours; NaN if any element is.
 * A quantile that falls on an element is that element, also beside an infinity.
 *
 * @param q - a probability, 0 … 1, or several
 * @param axes - one, several, or (default) all
 * @returns the reduced shape; with several probabilities behind a leading axis of their number
 * @throws ArgumentError when a probability is outside 0 … 1
 * @throws ShapeError when there are no elements
 * @see Hyndman & Fan 1996, definition 7
 * @example
 * quantile([1, 2, 3, 5], [0.5, 1]) // [2.5, 5]
 */
export function quantile(
  x: TensorLike,
  q: number | readonly number[],
  axes?: Axes,
  options: ReduceOptions = {},
): Tensor {
  const list = typeof q === "number" ? [q] : q;
  if (!list.every((p) => p >= 0 && p <= 1)) {
    throw new ArgumentError(
      `quantile: expected probabilities from 0 to 1; got ${list.join(", ")}`,
      { q },
    );
  }
  const values = quantiles("quantile", toFloat(x), list, axes, options);
  return typeof q === "number" ? reshape(values, values.shape.slice(1)) : values;
}

/** Middle element over axes, the mean of the two middle ones of an even number; NaN if any element is. */
export function median(x: TensorLike, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const values = quantiles("median", toFloat(x), [0.5], axes, options);
  return reshape(values, values.shape.slice(1));
}

/** [q.length, …reduced]. */
function quantiles(
  operation: string,
  t: Tensor,
  q: readonly number[],
  axes: Axes,
  options: ReduceOptions,
): Tensor {
  const reduced = normalizeAxes(operation, axes ?? undefined, t.shape.length);
  const rest = t.shape.map((_, i) => i).filter((i) => !reduced.includes(i));
  const n = sizeOf(reduced.map((i) => t.shape[i] as number));
  if (n === 0) {
    throw new ShapeError(
      `${operation}: expected at least one element; got shape ${showShape(t.shape)} reduced over axes ${showShape(reduced)}`,
      { operation, shape: t.shape, axes: reduced },
    );
  }
  const lead = rest.map((i) => t.shape[i] as number);
  const rows = sort(reshape(transpose(t, [...rest, ...reduced]), [...lead, n]));
  const last = lead.length;
  const places = q.map((p) => p * (n - 1));
  const at = (index: readonly number[]): Tensor =>
    gather(rows, tensor(Int32Array.from(index), { copy: false }), 0, last);
  const low = at(places.map(Math.floor));
  const high = at(places.map(Math.ceil));
  const share = tensor(
    places.map((p) => p - Math.floor(p)),
    { dtype: t.dtype },
  );
  // Equal neighbours are taken as they are: between two infinities there is no distance.
  const between = add(low, mul(sub(high, low), broadcastUnchecked(share, low.shape)));
  const mixed = select(eq(low, high), low, between);
  // NaN is sorted to the end.
  const top = slice(rows, [...lead.map(() => 0), n - 1], [...lead, 1]);
  const spoiled = broadcastUnchecked(top, mixed.shape);
  const values = moveAxis(select(isNan(spoiled), spoiled, mixed), last, 0);
  if (options.keepDims !== true) return values;
  return reshape(values, [q.length, ...t.shape.map((d, i) => (reduced.includes(i) ? 1 : d))]);
}
