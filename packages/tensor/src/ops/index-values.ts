import { tensor } from "../creation";
import { isFloat } from "../dtype";
import { ArgumentError, ShapeError, TraceError } from "../errors";
import { described } from "../internal/check-argument";
import { isReadable } from "../internal/read";
import { cast, select } from "../primitives/elementwise";
import { showShape } from "../shape";
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

/**
 * Indices −n … n − 1 as 0 … n − 1, others as the nearest of these.
 *
 * @throws ShapeError when there is nothing to point at
 */
export function wrapNegative(operation: string, index: Tensor, n: number, axis: number): Tensor {
  if (n === 0 && index.size > 0) {
    throw new ShapeError(
      `${operation}: expected elements to take; axis ${axis} has length 0, the indices have shape ${showShape(index.shape)}`,
      { axis, indices: index.shape },
    );
  }
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
