import { wrap } from "../creation";
import { ArgumentError, ShapeError, TraceError } from "../errors";
import { isReadable } from "../internal/read";
import { moveAxis } from "../primitives/batching";
import { flip, reshape } from "../primitives/movement";
import * as p from "../primitives/sorting";
import { broadcastShapes, normalizeAxis, showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { broadcastUnchecked, toTensor, unifyTypes } from "./promote";

/** Direction of a sort. */
export interface SortOptions {
  /** Largest first, NaN first; default false. */
  readonly descending?: boolean;
}

type Sort = (x: TensorLike, axis?: number, options?: SortOptions) => Tensor;

const sorting =
  (operation: string, f: (x: Tensor) => Tensor, reversed: (x: Tensor) => Tensor): Sort =>
  (x, axis = -1, options = {}) => {
    const t = toTensor(x);
    if (t.shape.length === 0) return f(reshape(t, [1])).reshape([]);
    const along = normalizeAxis(operation, axis, t.shape.length);
    const last = t.shape.length - 1;
    const rows = moveAxis(t, along, last);
    return moveAxis(options.descending === true ? reversed(rows) : f(rows), last, along);
  };

const flipLast = (x: Tensor): Tensor => flip(x, [x.shape.length - 1]);

/**
 * Elements in ascending order along an axis (default the last); NaN last; equal elements keep their order.
 *
 * @example
 * sort([3, 1, 2], -1, { descending: true }) // [3, 2, 1]
 */
export const sort: Sort = sorting(
  "sort",
  (x) => p.sort(x),
  (x) => flipLast(p.sort(x)),
);

/**
 * Indices (i32) that sort along an axis (default the last); stable in both directions.
 *
 * @example
 * argsort([30, 10, 20]) // [1, 2, 0]
 */
export const argsort: Sort = sorting(
  "argsort",
  (x) => p.argsort(x),
  (x) => {
    // Sorting the reversed row and reversing the result keeps equal elements in order.
    const n = x.shape.at(-1) as number;
    return flipLast(p.argsort(flipLast(x)))
      .neg()
      .add(n - 1);
  },
);

/** The largest elements and where they are. */
export interface TopKResult {
  /** [..., k], descending. */
  readonly values: Tensor;
  /** i32 [..., k]. */
  readonly indices: Tensor;
}

/**
 * The k largest elements of the last axis in descending order; among equals the lower index first; NaN first.
 *
 * @param x - [..., n]
 * @returns values and i32 indices, both [..., k]
 * @throws ArgumentError unless 0 ≤ k ≤ the length of the axis
 * @example
 * topK([1, 3, 2], 2).indices // [1, 2]
 */
export function topK(x: TensorLike, k: number): TopKResult {
  const t = toTensor(x);
  const n = t.shape.at(-1);
  if (n === undefined || !Number.isInteger(k) || k < 0 || k > n) {
    throw new ArgumentError(
      `topK: expected an integer k from 0 to the length of the last axis; got k = ${k} for shape ${showShape(t.shape)}`,
      { k, shape: t.shape },
    );
  }
  const [values, indices] = p.topK(t, k);
  return { values, indices };
}

/**
 * Where queries would be inserted into sorted rows to keep them sorted: i32 of the queries' shape.
 *
 * @param sorted - [n], or [..., n] with the leading axes of the queries
 * @param queries - any shape for a single row, otherwise [..., m]
 * @param side - before ("left", default) or after ("right") equal elements
 * @throws ShapeError when the leading axes do not broadcast
 * @example
 * searchSorted([1, 2, 2, 3], [2, 2.5]) // [1, 3]
 */
export function searchSorted(
  sorted: TensorLike,
  queries: TensorLike,
  side: "left" | "right" = "left",
): Tensor {
  const [rows, q] = unifyTypes("searchSorted", sorted, queries);
  if (rows.shape.length === 0) {
    throw new ShapeError("searchSorted: expected sorted rows [..., n]; got a scalar", {});
  }
  if (rows.shape.length === 1) {
    return reshape(p.searchSorted(rows, reshape(q, [q.size]), side), q.shape);
  }
  const lead = broadcastShapes("searchSorted", rows.shape.slice(0, -1), q.shape.slice(0, -1));
  return p.searchSorted(
    broadcastUnchecked(rows, [...lead, rows.shape.at(-1) as number]),
    broadcastUnchecked(q, [...lead, q.shape.at(-1) as number]),
    side,
  );
}

/** The distinct elements of a tensor. */
export interface UniqueResult {
  /** [u], ascending; NaN counts as one element. */
  readonly values: Tensor;
  /** i32 [u]: how often each occurs. */
  readonly counts: Tensor;
  /** i32 [u]: where each occurs first in the flattened tensor. */
  readonly indices: Tensor;
  /** i32 of the tensor's shape: which distinct element each is. */
  readonly inverse: Tensor;
}

/**
 * The distinct elements in ascending order, with counts and positions.
 *
 * @throws TraceError while the value is being traced, as the result's length depends on it
 * @example
 * unique([2, 1, 2]).counts // [1, 2]
 */
export function unique(x: TensorLike): UniqueResult {
  const t = toTensor(x);
  if (!isReadable(t)) {
    throw new TraceError(
      "unique: the number of distinct elements depends on values, unknown while tracing; use sort and compare neighbours",
      { shape: t.shape },
    );
  }
  const flat = reshape(t, [t.size]).stopGradient();
  const order = p.argsort(flat).dataSync();
  const data = flat.dataSync();
  const indices: number[] = [];
  const counts: number[] = [];
  const inverse = new Int32Array(t.size);
  const same = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));
  for (const i of order) {
    const first = indices.at(-1);
    if (first === undefined || !same(data[first] as number, data[i] as number)) {
      indices.push(i);
      counts.push(0);
    }
    counts[counts.length - 1] = (counts.at(-1) as number) + 1;
    inverse[i] = counts.length - 1;
  }
  const ints = (list: number[]): Tensor => wrap(Int32Array.from(list), [list.length], "i32");
  const at = ints(indices);
  return {
    values: reshape(t, [t.size]).take(at),
    counts: ints(counts),
    indices: at,
    inverse: wrap(inverse, t.shape, "i32"),
  };
}
