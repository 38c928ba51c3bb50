import { tensor } from "../creation";
import { TraceError } from "../errors";
import { isReadable } from "../internal/read";
import type { Tensor, TensorLike } from "../tensor";
import { toTensor } from "./promote";

/**
 * Indices of the true (non-zero) elements, one i32 tensor for each axis.
 *
 * @throws TraceError while the value is being traced, as the result's length depends on it
 */
export function nonZero(x: TensorLike, operation = "nonZero"): Tensor[] {
  const t = toTensor(x);
  if (!isReadable(t)) {
    throw new TraceError(
      `${operation}: the number of selected elements depends on values, which are not known while tracing; use where to keep the shape`,
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
