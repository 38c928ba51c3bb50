import { ArgumentError, ShapeError } from "../errors";
import { dot } from "../primitives/dot";
import { reshape } from "../primitives/movement";
import { broadcastShapes, reshapeStrides, showShape, sizeOf } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { broadcastUnchecked, countable, unifyTypes } from "./promote";

/**
 * Matrix product over the last two axes; leading axes broadcast. A vector counts as a row on the left
 * and as a column on the right, and its axis is dropped from the result. Transposed and strided
 * operands are multiplied as they lie.
 *
 * @param x - [..., m, k] or [k]
 * @param y - [..., k, n] or [k]
 * @returns [..., m, n]
 * @throws ShapeError when the inner dimensions differ or an operand is a scalar
 * @example
 * matmul([[1, 2], [3, 4]], [1, 10]) // [21, 43]
 */
export function matmul(x: TensorLike, y: TensorLike): Tensor {
  const [a0, b0] = unifyTypes("matmul", x, y);
  const [a, b] = countable(a0, b0);
  if (a.shape.length === 0 || b.shape.length === 0) {
    throw new ShapeError(
      `matmul: expected operands with at least one axis; got ${showShape(a.shape)} × ${showShape(b.shape)}; use mul for scalars`,
      { shapes: [a.shape, b.shape] },
    );
  }
  const left = a.shape.length === 1 ? reshape(a, [1, a.shape[0] as number]) : a;
  const right = b.shape.length === 1 ? reshape(b, [b.shape[0] as number, 1]) : b;
  const k = left.shape.at(-1) as number;
  const [k2, n] = right.shape.slice(-2) as [number, number];
  const m = left.shape.at(-2) as number;
  if (k !== k2) {
    const axisB = b.shape.length === 1 ? 0 : -2;
    throw new ShapeError(
      `matmul: inner dimensions differ: ${showShape(a.shape)} × ${showShape(b.shape)}; axis -1 of the first has length ${k}, axis ${axisB} of the second ${k2}; transpose or reshape one of them`,
      { shapes: [a.shape, b.shape] },
    );
  }
  const product = multiply(left, right, m, k, n);
  const lead = product.shape.slice(0, -2);
  const tail = [...(a.shape.length === 1 ? [] : [m]), ...(b.shape.length === 1 ? [] : [n])];
  return reshape(product, [...lead, ...tail]);
}

function multiply(left: Tensor, right: Tensor, m: number, k: number, n: number): Tensor {
  const leadA = left.shape.slice(0, -2);
  const leadB = right.shape.slice(0, -2);
  const rows = sizeOf(leadA) * m;
  if (leadB.length === 0 && leadA.length > 0 && joinsRows(left, rows, k)) {
    // One right-hand matrix: all rows of the left-hand side together.
    return reshape(dot(reshape(left, [rows, k]), right), [...leadA, m, n]);
  }
  const lead = broadcastShapes("matmul, leading axes", leadA, leadB);
  return dot(broadcastUnchecked(left, [...lead, m, k]), broadcastUnchecked(right, [...lead, k, n]));
}

/** True unless the matrices of a stack could only be put below each other by a copy. */
const joinsRows = ({ shape, concrete }: Tensor, rows: number, k: number): boolean =>
  concrete === undefined || reshapeStrides(shape, concrete.strides, [rows, k]) !== undefined;

/** Products of all pairs: [n] and [m] give [n, m]; operands are flattened. */
export function outer(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = unifyTypes("outer", x, y);
  return reshape(a, [a.size, 1]).mul(reshape(b, [1, b.size]));
}

/**
 * Sum of products along the last axis of two tensors that broadcast: the inner product of vectors.
 *
 * @throws ShapeError when the shapes do not broadcast
 */
export function vdot(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = unifyTypes("vdot", x, y);
  if (a.shape.length === 0 || b.shape.length === 0) {
    throw new ArgumentError("vdot: expected operands with at least one axis; use mul for scalars");
  }
  const shape = broadcastShapes("vdot", a.shape, b.shape);
  const n = shape.at(-1) as number;
  const rows = shape.slice(0, -1);
  const left = reshape(broadcastUnchecked(a, shape), [...rows, 1, n]);
  const right = reshape(broadcastUnchecked(b, shape), [...rows, n, 1]);
  const [p, q] = countable(left, right);
  return reshape(dot(p, q), rows);
}
