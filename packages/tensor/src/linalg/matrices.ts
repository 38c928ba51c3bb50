import { allocate, type DType, type TypedArray } from "../dtype";
import { ArgumentError, ShapeError } from "../errors";
import type { Aval } from "../internal/primitive";
import { broadcastUnchecked, toFloat } from "../ops/promote";
import { dot } from "../primitives/dot";
import { slice, transpose } from "../primitives/movement";
import { broadcastShapes, showShape, sizeOf } from "../shape";
import { isTensor, type Tensor, type TensorLike } from "../tensor";

/** Parameters of primitives that have none but the name to speak of in errors. */
export interface Named {
  readonly operation: string;
}

/**
 * Float matrices [..., m, n]; plain arrays take the dtype of `beside`.
 *
 * @throws ShapeError when there are fewer than two axes
 */
export function asMatrices(operation: string, x: TensorLike, beside?: TensorLike): Tensor {
  const t = toFloat(x, isTensor(beside) ? beside.dtype : "f32");
  if (t.shape.length >= 2) return t;
  throw new ShapeError(
    `${operation}: expected a matrix or a batch of them, [..., m, n]; got shape ${showShape(t.shape)}; reshape it`,
    { operation, shape: t.shape },
  );
}

/**
 * Square float matrices [..., n, n]; plain arrays take the dtype of `beside`.
 *
 * @throws ShapeError otherwise
 */
export function asSquare(operation: string, x: TensorLike, beside?: TensorLike): Tensor {
  const t = asMatrices(operation, x, beside);
  if (t.shape.at(-1) === t.shape.at(-2)) return t;
  throw new ShapeError(
    `${operation}: expected a square matrix, [..., n, n]; got shape ${showShape(t.shape)}`,
    { operation, shape: t.shape },
  );
}

/** Rows and columns of matrices. */
export const sizes = (x: Aval): readonly [m: number, n: number] =>
  x.shape.slice(-2) as unknown as readonly [number, number];

/** Number of matrices in a batch. */
export const batchOf = (x: Aval): number => sizeOf(x.shape.slice(0, -2));

/** Equal leading axes for two batches of matrices. */
export function alignBatches(operation: string, a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  const lead = broadcastShapes(operation, a.shape.slice(0, -2), b.shape.slice(0, -2));
  const spread = (x: Tensor): Tensor => broadcastUnchecked(x, [...lead, ...x.shape.slice(-2)]);
  return [spread(a), spread(b)];
}

/** Matrix number `index` of an operand as a fresh f64 array, row-major. */
export function matrixAt(array: TypedArray, x: Aval, index: number): Float64Array {
  const [m, n] = sizes(x);
  return Float64Array.from(array.subarray(index * m * n, (index + 1) * m * n));
}

/** The results of one matrix after the other, rounded to a dtype. */
export class Results {
  readonly array: TypedArray;
  #at = 0;
  constructor(aval: Aval) {
    this.array = allocate(aval.dtype, sizeOf(aval.shape));
  }
  /** Adds the elements of the next result. */
  push(values: ArrayLike<number>): void {
    this.array.set(values as never, this.#at);
    this.#at += values.length;
  }
}

/** Words that tell which matrix of a batch an error speaks of. */
export const whichMatrix = (x: Aval, index: number): string =>
  x.shape.length === 2 ? "" : ` in matrix ${index} of the batch`;

/**
 * Checks that a matrix has no NaN and no infinity, for iterations that would not end.
 *
 * @throws ArgumentError otherwise
 */
export function checkFinite(operation: string, a: Float64Array, x: Aval, index: number): void {
  const at = a.findIndex((v) => !Number.isFinite(v));
  if (at < 0) return;
  const n = x.shape.at(-1) as number;
  throw new ArgumentError(
    `${operation}: expected finite elements; got ${a[at]} in row ${Math.floor(at / n)}, column ${at % n}${whichMatrix(x, index)}`,
    { operation, row: Math.floor(at / n), column: at % n },
  );
}

/** Aᵀ of matrices. */
export function transposed(x: Tensor): Tensor {
  const order = x.shape.map((_, i) => i);
  order.push(...order.splice(-2).reverse());
  return transpose(x, order);
}

/** (A + Aᵀ)/2. */
export const symmetrized = (x: Tensor): Tensor => x.add(transposed(x)).mul(0.5);

/** The first rows and columns of matrices. */
export const corner = (x: Tensor, rows: number, columns: number): Tensor =>
  slice(
    x,
    x.shape.map(() => 0),
    [...x.shape.slice(0, -2), rows, columns],
  );

/** A B C … from the left. */
export const chain = (first: Tensor, ...rest: readonly Tensor[]): Tensor =>
  rest.reduce((product, x) => dot(product, x), first);

/** Columns scaled: A diag(d), d [..., n]. */
export const scaleColumns = (a: Tensor, d: Tensor): Tensor => a.mul(d.expandDims(-2));

/** Distance of 1 to the next larger number of a float dtype. */
export const epsilonOf = (dtype: DType): number => (dtype === "f32" ? 2 ** -23 : 2 ** -52);
