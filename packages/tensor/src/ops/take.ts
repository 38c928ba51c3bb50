import { ShapeError } from "../errors";
import { moveAxis } from "../primitives/batching";
import * as g from "../primitives/indexing";
import { takeAlongLast } from "../primitives/sorting";
import { normalizeAxis, showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { asIndices, wrapNegative } from "./index-values";
import { toTensor } from "./promote";

/**
 * Elements at integer positions along an axis: [pre…, n, post…] at [I…] gives [pre…, I…, post…].
 *
 * Negative indices count from the end. Others out of range are refused when they are plain numbers, and clamped in
 * tensors, whose values may not be known.
 *
 * @param axis - default 0
 * @throws ArgumentError when the indices are not integers; ShapeError when plain numbers are out of range
 * @example
 * take([10, 20, 30], [2, 0, -1]) // [30, 10, 30]
 */
export function take(x: TensorLike, indices: TensorLike, axis = 0): Tensor {
  const t = toTensor(x);
  const along = normalizeAxis("take", axis, t.shape.length);
  const index = asIndices("take", indices);
  return g.gather(t, wrapNegative("take", index, t.shape, along, indices), 0, along);
}

/**
 * One element for each index along an axis: out[…, i, …] = x[…, indices[…, i, …], …]; out of range as in {@link take}.
 *
 * @param indices - of x's rank; the other axes have x's lengths
 * @param axis - default the last
 * @throws ShapeError when the other axes differ, or plain numbers are out of range
 * @example
 * takeAlongAxis([[1, 2], [3, 4]], [[1], [0]]) // [[2], [3]]
 */
export function takeAlongAxis(x: TensorLike, indices: TensorLike, axis = -1): Tensor {
  const t = toTensor(x);
  const index = asIndices("takeAlongAxis", indices);
  const along = normalizeAxis("takeAlongAxis", axis, t.shape.length);
  const fits =
    index.shape.length === t.shape.length &&
    index.shape.every((d, i) => i === along || d === t.shape[i]);
  if (!fits) {
    throw new ShapeError(
      `takeAlongAxis: expected indices of shape ${showShape(t.shape)} but for axis ${along}; got ${showShape(index.shape)}`,
      { shape: t.shape, indices: index.shape, axis: along },
    );
  }
  const last = t.shape.length - 1;
  const wrapped = wrapNegative("takeAlongAxis", index, t.shape, along, indices);
  return moveAxis(
    takeAlongLast(moveAxis(t, along, last), moveAxis(wrapped, along, last)),
    last,
    along,
  );
}
