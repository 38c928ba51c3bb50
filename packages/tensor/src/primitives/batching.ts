import type { BatchResult, Primitive } from "../internal/primitive";
import { bind } from "../internal/trace";
import type { Tensor } from "../tensor";
import { broadcastInDim, transpose } from "./movement";

/** The tensor with axis `from` moved to position `to`. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  if (from === to) return x;
  const order = x.shape.map((_, i) => i).filter((i) => i !== from);
  order.splice(to, 0, from);
  return transpose(x, order);
}

/** Parameters with an axis, after one more in front. */
export function nextAxis<P extends { readonly axis: number }>(params: P): P {
  return { ...params, axis: params.axis + 1 };
}

/** The batch as axis 0: moved there, or repeated `size` times without a copy. */
export function batchToFront(x: Tensor, axis: number | null, size: number): Tensor {
  if (axis !== null) return moveAxis(x, axis, 0);
  return broadcastInDim(
    x,
    [size, ...x.shape],
    x.shape.map((_, i) => i + 1),
  );
}

/**
 * Batching rule for primitives that accept one more leading axis on every operand:
 * brings the batch to the front and applies the primitive.
 *
 * @param adjust - what the new axis does to parameters; default nothing
 */
export function batchLeading<P>(
  adjust: (params: P, size: number) => P = (params) => params,
): Primitive<P>["batch"] {
  return (inputs, axes, size, params, primitive): BatchResult => {
    const fronted = inputs.map((x, i) => batchToFront(x, axes[i] ?? null, size));
    const outputs = bind(primitive, fronted, adjust(params, size));
    return { outputs, axes: outputs.map(() => 0) };
  };
}
