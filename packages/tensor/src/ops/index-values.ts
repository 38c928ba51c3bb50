import { tensor } from "../creation";
import { isFloat } from "../dtype";
import { ArgumentError, ShapeError, TraceError } from "../errors";
import { described } from "../internal/check-argument";
import { isAtHand, isReadable } from "../internal/read";
import { cast, select } from "../primitives/elementwise";
import { type Shape, showShape } from "../shape";
import { isTensor, type Tensor, type TensorLike } from "../tensor";
import { clip } from "./arithmetic";
import { toTensor } from "./promote";

/**
 * What a user may pass for integers, as a tensor of i32 or u32; plain numbers become i32.
 *
 * @throws ArgumentError on floats
 */
export function asIndices(operation: string, x: TensorLike): Tensor {
  const t = toTensor(x, "i32");
  if (isFloat(t.dtype)) {
    throw new ArgumentError(
      `${operation}: expected integer indices; got ${isTensor(x) ? described(x) : t.dataSync().find((v) => !Number.isInteger(v))}; cast it to i32`,
      { dtype: t.dtype },
    );
  }
  return t.dtype === "u32" ? t : cast(t, "i32");
}

/** A position on an axis of a shape, counted from the start. @throws ShapeError when it is out of range */
export function checkIndex(operation: string, i: number, shape: Shape, axis: number): number {
  const n = shape[axis] as number;
  if (!Number.isInteger(i) || i < -n || i >= n) {
    throw new ShapeError(
      `${operation}: index ${i} is out of range for axis ${axis} of shape ${showShape(shape)}; expected an integer from ${-n} to ${n - 1}`,
      { shape, axis, index: i },
    );
  }
  return i < 0 ? i + n : i;
}

/**
 * Indices −n … n − 1 on an axis of a shape as 0 … n − 1, others as the nearest of these.
 *
 * @param given - what the user passed for `index`
 * @throws ShapeError when there is nothing to point at, or numbers that were written out are out of range
 */
export function wrapNegative(
  operation: string,
  index: Tensor,
  shape: Shape,
  axis: number,
  given: unknown,
): Tensor {
  const n = shape[axis] as number;
  if (n === 0 && index.size > 0) {
    throw new ShapeError(
      `${operation}: expected elements to take; axis ${axis} has length 0, the indices have shape ${showShape(index.shape)}`,
      { axis, indices: index.shape },
    );
  }
  if (!isTensor(given) && isAtHand(index))
    for (const i of index.dataSync()) checkIndex(operation, i, shape, axis);
  const last = Math.max(0, n - 1);
  if (index.dtype === "u32") return clip(index, 0, last).cast("i32");
  return select(index.less(0), index.add(n), index).clip(0, last);
}

/**
 * Indices of the true (non-zero) elements, one i32 tensor for each axis.
 *
 * @throws TraceError while the value is being traced, as the result's length depends on it
 */
export function truePositions(operation: string, x: TensorLike): Tensor[] {
  const t = toTensor(x);
  if (!isReadable(t)) {
    throw new TraceError(
      `${operation}: the number of selected elements depends on values, unknown while tracing; use where to keep the shape`,
      { operation, shape: t.shape },
    );
  }
  const data = t.dataSync();
  const hits: number[] = [];
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) hits.push(i);
  let step = t.size;
  return t.shape.map((d) => {
    const size = step;
    step = d === 0 ? 0 : size / d;
    const inner = step;
    return tensor(
      Int32Array.from(hits, (h) => Math.floor((h % size) / inner)),
      { copy: false },
    );
  });
}
