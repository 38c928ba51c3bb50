import { ShapeError } from "../errors";
import type { BatchResult, Primitive } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import { unifyTypes } from "../ops/promote";
import { batchToFront, moveAxis } from "../primitives/batching";
import { reshape } from "../primitives/movement";
import { showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { alignBatches } from "./matrices";

/**
 * Solves for a right-hand side that may be a vector [n], with leading axes that broadcast and one dtype.
 *
 * @param a - matrices [..., m, n]: b has m rows
 * @throws ShapeError when the rows do not fit
 */
export function rightHandSide(
  operation: string,
  a: Tensor,
  b: TensorLike,
  solve: (a: Tensor, b: Tensor) => Tensor,
): Tensor {
  const [matrix, side] = unifyTypes(operation, a, b);
  const isVector = side.shape.length === 1;
  const columns = isVector ? reshape(side, [...side.shape, 1]) : side;
  if (columns.shape.at(-2) !== matrix.shape.at(-2)) {
    throw new ShapeError(
      `${operation}: expected a right-hand side with ${matrix.shape.at(-2)} rows for a matrix of shape ${showShape(matrix.shape)}; got shape ${showShape(side.shape)}; a batch of vectors needs a last axis of length 1`,
      { operation, shapes: [matrix.shape, side.shape] },
    );
  }
  const x = solve(...alignBatches(operation, matrix, columns));
  return isVector ? reshape(x, x.shape.slice(0, -1)) : x;
}

/**
 * Batching rule for solutions of linear systems, the right-hand side being the last operand: a batch of sides of
 * one matrix becomes more columns, so that the matrix is factored and read once.
 */
export function batchColumns<P>(
  primitive: Primitive<P>,
  inputs: readonly Tensor[],
  axes: readonly (number | null)[],
  size: number,
  params: P,
): BatchResult {
  const last = inputs.length - 1;
  const side = inputs[last] as Tensor;
  const shared = axes.slice(0, last).every((a) => a === null);
  if (!shared || side.shape.length !== 3) {
    const fronted = inputs.map((x, i) => batchToFront(x, axes[i] ?? null, size));
    return { outputs: [bind1(primitive, fronted, params)], axes: [0] };
  }
  // [n, B, k] → [n, B k]
  const moved = moveAxis(side, axes[last] as number, 1);
  const [n, , k] = moved.shape as [number, number, number];
  const x = bind1(primitive, [...inputs.slice(0, last), reshape(moved, [n, size * k])], params);
  return { outputs: [reshape(x, [x.shape[0] as number, size, k])], axes: [1] };
}
