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
 * brings the batch to the front and applies the primitive with adjusted parameters.
 */
export function batchLeading<P>(
  primitive: Primitive<P>,
  adjust: (params: P, size: number) => P,
): Primitive<P>["batch"] {
  return (inputs, axes, size, params): BatchResult => {
    const fronted = inputs.map((x, i) => batchToFront(x, axes[i] ?? null, size));
    const outputs = bind(primitive, fronted, adjust(params, size));
    return { outputs, axes: outputs.map(() => 0) };
  };
}
