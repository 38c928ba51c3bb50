import { arange, tensor } from "../creation";
import { ShapeError, TraceError } from "../errors";
import { checkCount } from "../internal/check-argument";
import { isReadable } from "../internal/read";
import * as e from "../primitives/elementwise";
import * as g from "../primitives/indexing";
import { reshape } from "../primitives/movement";
import { normalizeAxis, sameShape, showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { asIndices } from "./index-values";
import { toTensor } from "./promote";

/**
 * Zeros of length `size` along an axis, plus `updates` at the indices; repeated indices add up.
 *
 * The transpose of {@link take}: updates [pre…, I…, post…] at [I…] give [pre…, size, post…].
 * Indices out of range are dropped.
 *
 * @param axis - of the result; default 0
 * @throws ShapeError when the updates lack the axes of the indices
 * @example
 * scatterAdd([1, 2, 4], [0, 2, 0], 3) // [5, 0, 2]
 */
export function scatterAdd(
  updates: TensorLike,
  indices: TensorLike,
  size: number,
  axis = 0,
): Tensor {
  const u0 = toTensor(updates);
  const u = u0.dtype === "bool" || u0.dtype === "u8" ? e.cast(u0, "i32") : u0;
  const index = asIndices("scatterAdd", indices);
  checkCount("scatterAdd", "size", size);
  // The indices' axes become one.
  const rank = Math.max(1, u.shape.length - index.shape.length + 1);
  const along = normalizeAxis("scatterAdd", axis, rank);
  if (!sameShape(u.shape.slice(along, along + index.shape.length), index.shape)) {
    throw new ShapeError(
      `scatterAdd: expected updates whose axes from ${along} on are those of the indices, ${showShape(index.shape)}; got ${showShape(u.shape)}`,
      { updates: u.shape, indices: index.shape, axis: along },
    );
  }
  return g.scatterAdd(u, index, 0, along, size);
}

/**
 * Sums of rows that share an id: [n, …] with ids [n] gives [count, …]. Ids out of range are dropped.
 *
 * @throws ShapeError when the ids are not one for each row
 * @example
 * segmentSum([[1, 2], [3, 4], [5, 6]], [1, 0, 1], 2) // [[3, 4], [6, 8]]
 */
export const segmentSum = (x: TensorLike, ids: TensorLike, count: number): Tensor =>
  scatterAdd(x, ids, count, 0);

/**
 * How often each of 0 … length − 1 occurs, or the sum of its weights. Other values are not counted.
 *
 * @param options.length - default one more than the largest value, which has to be known then
 * @throws TraceError without a length while the values are being traced
 */
export function bincount(
  x: TensorLike,
  options: { readonly length?: number; readonly weights?: TensorLike } = {},
): Tensor {
  const index = asIndices("bincount", x);
  if (options.length === undefined && !isReadable(index)) {
    throw new TraceError(
      "bincount: the number of bins depends on values, unknown while tracing; pass options.length",
      { shape: index.shape },
    );
  }
  const length = options.length ?? (index.size === 0 ? 0 : Math.max(0, index.max().item() + 1));
  const ones = tensor(1, { dtype: "i32" }).broadcastTo(index.shape);
  return scatterAdd(
    reshape(options.weights === undefined ? ones : toTensor(options.weights), [index.size]),
    reshape(index, [index.size]),
    length,
  );
}

/**
 * 1 at the position of each class along a new last axis, 0 elsewhere; classes out of range give zeros.
 *
 * @param options.dtype - default f32
 */
export function oneHot(
  x: TensorLike,
  classes: number,
  options: { readonly dtype?: Tensor["dtype"] } = {},
): Tensor {
  const index = asIndices("oneHot", x);
  checkCount("oneHot", "number of classes", classes);
  const hits = index.expandDims(-1).equal(arange(0, classes, 1, { dtype: index.dtype }));
  return e.cast(hits, options.dtype ?? "f32");
}
