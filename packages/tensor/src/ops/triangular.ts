import { arange } from "../creation";
import { ShapeError } from "../errors";
import { constantLike } from "../primitives/constants";
import { select } from "../primitives/elementwise";
import { reshape, slice, transpose } from "../primitives/movement";
import { normalizeAxis, showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { pad } from "./pad";
import { broadcastUnchecked, toTensor } from "./promote";
import { sum } from "./reduce";

/** Column minus row of every element of an n × m matrix: i32 [n, m]. */
const columnMinusRow = (n: number, m: number): Tensor =>
  arange(0, m, 1, { dtype: "i32" }).sub(reshape(arange(0, n, 1, { dtype: "i32" }), [n, 1]));

/** Keeps the elements of the last two axes where `keep` says so; 0 elsewhere. */
function masked(
  operation: string,
  x: TensorLike,
  offset: number,
  keep: (difference: Tensor) => Tensor,
): Tensor {
  const t = toTensor(x);
  checkMatrix(operation, t, offset);
  const [n, m] = t.shape.slice(-2) as [number, number];
  const mask = broadcastUnchecked(keep(columnMinusRow(n, m)), t.shape);
  return select(mask, t, constantLike(t, 0));
}

function checkMatrix(operation: string, t: Tensor, offset: number): void {
  if (t.shape.length < 2) {
    throw new ShapeError(
      `${operation}: expected at least two axes; got shape ${showShape(t.shape)}; use diag to make a matrix of a vector`,
      { operation, shape: t.shape },
    );
  }
  if (!Number.isInteger(offset)) {
    throw new ShapeError(`${operation}: expected an integer offset; got ${offset}`, { offset });
  }
}

/**
 * The upper triangles of matrices [..., n, m]; 0 below.
 *
 * @param offset - the lowest diagonal that stays: 0 (default) the main one, positive above it
 */
export const triu = (x: TensorLike, offset = 0): Tensor =>
  masked("triu", x, offset, (difference) => difference.greaterEqual(offset));

/**
 * The lower triangles of matrices [..., n, m]; 0 above.
 *
 * @param offset - the highest diagonal that stays: 0 (default) the main one, positive above it
 */
export const tril = (x: TensorLike, offset = 0): Tensor =>
  masked("tril", x, offset, (difference) => difference.lessEqual(offset));

/** Which diagonal, of which axes. */
export interface DiagonalOptions {
  /** 0 (default) the main diagonal, positive above it, negative below. */
  readonly offset?: number;
  /** Axes of the matrices' rows and columns; default the last two. */
  readonly axes?: readonly [number, number];
}

/**
 * The diagonals of matrices, along a new last axis: [..., n, m] gives [..., k].
 *
 * @throws ShapeError when there are not two different axes
 */
export function diagonal(x: TensorLike, options: DiagonalOptions = {}): Tensor {
  const { offset = 0, axes = [-2, -1] } = options;
  const t = toTensor(x);
  checkMatrix("diagonal", t, offset);
  const [row, column] = axes.map((a) => normalizeAxis("diagonal", a, t.shape.length)) as [
    number,
    number,
  ];
  if (row === column) {
    throw new ShapeError(`diagonal: expected two different axes; got ${showShape(axes)}`, { axes });
  }
  const rest = t.shape.map((_, i) => i).filter((i) => i !== row && i !== column);
  const lead = rest.map((i) => t.shape[i] as number);
  const [n, m] = [t.shape[row] as number, t.shape[column] as number];
  const length = Math.max(0, offset < 0 ? Math.min(n + offset, m) : Math.min(n, m - offset));
  const flat = reshape(transpose(t, [...rest, row, column]), [...lead, n * m]);
  // In a flattened matrix the diagonal's elements are m + 1 places apart.
  const start = length === 0 ? 0 : offset < 0 ? -offset * m : offset;
  return slice(
    flat,
    [...lead.map(() => 0), start],
    [...lead, length],
    [...lead.map(() => 1), m + 1],
  );
}

/**
 * The square matrix with a vector on a diagonal, or the diagonal of a matrix.
 *
 * @param offset - 0 (default) the main diagonal, positive above it, negative below
 * @throws ShapeError unless x has one or two axes
 */
export function diag(x: TensorLike, offset = 0): Tensor {
  const t = toTensor(x);
  if (t.shape.length === 2) return diagonal(t, { offset });
  if (t.shape.length !== 1 || !Number.isInteger(offset)) {
    throw new ShapeError(
      `diag: expected a vector or a matrix and an integer offset; got shape ${showShape(t.shape)} and ${offset}; use diagonal for stacks of matrices`,
      { shape: t.shape, offset },
    );
  }
  const size = (t.shape[0] as number) + Math.abs(offset);
  // Row i holds element i of the vector above the main diagonal, column j element j below it.
  const padded = pad(t, [[0, Math.abs(offset)]]);
  const lines = offset < 0 ? padded : reshape(padded, [size, 1]);
  const wide = broadcastUnchecked(lines, [size, size]);
  return select(columnMinusRow(size, size).equal(offset), wide, constantLike(wide, 0));
}

/** Sum of a diagonal; see {@link diagonal}. */
export const trace = (x: TensorLike, options: DiagonalOptions = {}): Tensor =>
  sum(diagonal(x, options), -1);
