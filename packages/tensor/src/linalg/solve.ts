import { eye } from "../creation";
import { ArgumentError } from "../errors";
import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { isUnknown } from "../internal/primitive";
import { bind, bind1 } from "../internal/trace";
import { broadcastUnchecked } from "../ops/promote";
import { batchLeading } from "../primitives/batching";
import { dot } from "../primitives/dot";
import { addTangents, neg } from "../primitives/elementwise";
import type { Tensor, TensorLike } from "../tensor";
import { luInPlace } from "./dense/lu";
import { solveTriangularInPlace } from "./dense/triangular";
import {
  asSquare,
  batchOf,
  matrixAt,
  type Named,
  Results,
  sizes,
  transposed,
  whichMatrix,
} from "./matrices";
import { batchColumns, rightHandSide } from "./right-hand-side";

/** Elimination in f64 whatever the dtype; an aid to {@link solveWith}, so it has no derivative. */
const eliminatePrimitive: Primitive<Named> = {
  name: "eliminate",
  shape: ([a]) => {
    const { shape } = a as Aval;
    return [
      { shape, dtype: "f64" },
      { shape: shape.slice(0, -1), dtype: "i32" },
    ];
  },
  batch: batchLeading(),
  host([a], [aval], { operation }) {
    const x = aval as Aval;
    const [n] = sizes(x);
    const factors = new Results({ shape: x.shape, dtype: "f64" });
    const orders = new Results({ shape: x.shape.slice(0, -1), dtype: "i32" });
    for (let i = 0; i < batchOf(x); i++) {
      const matrix = matrixAt(a!, x, i);
      orders.push(luInPlace(matrix, n, n).order);
      for (let j = 0; j < n; j++) {
        if (matrix[j * n + j] !== 0) continue;
        throw new ArgumentError(
          `${operation}: expected an invertible matrix; pivot ${j} is 0${whichMatrix(x, i)}; use lstsq or pinv for singular matrices`,
          { operation, pivot: j },
        );
      }
      factors.push(matrix);
    }
    return [factors.array, orders.array];
  },
};

interface SolveParams extends Named {
  readonly transpose: boolean;
}

/**
 * A⁻¹ B, or A⁻ᵀ B, with the help of the factors of A. Derivatives see A only: however often it is taken, the
 * factors are computed once.
 */
const solvePrimitive: Primitive<SolveParams> = {
  name: "solve",
  shape: ([, , , b]) => [b as Aval],
  batch: (inputs, axes, size, params) => batchColumns(solvePrimitive, inputs, axes, size, params),
  jvp: ([a, factors, order, b], [ta, , , tb], params): JvpResult => {
    const again = (side: Tensor): Tensor =>
      bind1(solvePrimitive, [a as Tensor, factors as Tensor, order as Tensor, side], params);
    const x = again(b as Tensor);
    const change = ta == null ? null : neg(dot(params.transpose ? transposed(ta) : ta, x));
    const drive = addTangents(tb ?? null, change);
    return { primals: [x], tangents: [drive && again(drive)] };
  },
  transpose: ([ct], [a, factors, order, b], params) => [
    null,
    null,
    null,
    ct == null || !isUnknown(b!)
      ? null
      : bind1(solvePrimitive, [a as Tensor, factors as Tensor, order as Tensor, ct], {
          ...params,
          transpose: !params.transpose,
        }),
  ],
  host([, factors, orders, b], [, matrix, , side], { transpose }) {
    const y = side as Aval;
    const [n, k] = sizes(y);
    const out = new Results(y);
    for (let i = 0; i < batchOf(y); i++) {
      const lu = matrixAt(factors!, matrix as Aval, i);
      const rows = orders!.subarray(i * n, (i + 1) * n);
      out.push(solveFactored(lu, rows as Int32Array, n, matrixAt(b!, y, i), k, transpose));
    }
    return [out.array];
  },
};

/** The solution for A[rows] = L U, or for Aᵀ. */
function solveFactored(
  lu: Float64Array,
  rows: Int32Array,
  n: number,
  b: Float64Array,
  k: number,
  transpose: boolean,
): Float64Array {
  const out = new Float64Array(n * k);
  if (!transpose) {
    rows.forEach((from, to) => {
      out.set(b.subarray(from * k, (from + 1) * k), to * k);
    });
    solveTriangularInPlace(lu, n, out, k, { lower: true, unitDiagonal: true });
    solveTriangularInPlace(lu, n, out, k, { lower: false, unitDiagonal: false });
    return out;
  }
  const flipped = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) flipped[j * n + i] = lu[i * n + j] as number;
  solveTriangularInPlace(flipped, n, b, k, { lower: true, unitDiagonal: false });
  solveTriangularInPlace(flipped, n, b, k, { lower: false, unitDiagonal: true });
  rows.forEach((to, from) => {
    out.set(b.subarray(from * k, (from + 1) * k), to * k);
  });
  return out;
}

/** A⁻¹ B for matrices with equal leading axes and dtype. */
export function solveSquare(operation: string, a: Tensor, b: Tensor): Tensor {
  const [factors, order] = bind(eliminatePrimitive, [a.stopGradient()], {
    operation,
  }) as [Tensor, Tensor];
  return bind1(solvePrimitive, [a, factors, order, b], { operation, transpose: false });
}

/**
 * The solution of A X = B, by elimination with row pivoting.
 *
 * Computed in f64 and rounded to the operands' dtype. Differentiable any number of times in A and B.
 *
 * @param a - square matrices [..., n, n]
 * @param b - [..., n, k], or a vector [n]; leading axes broadcast against those of a
 * @returns X, of b's shape with the broadcast leading axes
 * @throws ShapeError when the shapes do not fit; ArgumentError when a pivot is 0
 * @example
 * solve([[2, 0], [0, 4]], [2, 4]) // [1, 1]
 */
export function solve(a: TensorLike, b: TensorLike): Tensor {
  return rightHandSide("solve", asSquare("solve", a, b), b, (matrix, side) =>
    solveSquare("solve", matrix, side),
  );
}

/**
 * The inverse of square matrices [..., n, n]. To solve a system, `solve` is faster and more accurate.
 *
 * @throws ShapeError when a is not square; ArgumentError when a pivot is 0
 * @example
 * inv([[2, 0], [0, 4]]) // [[0.5, 0], [0, 0.25]]
 */
export function inv(a: TensorLike): Tensor {
  const t = asSquare("inv", a);
  const n = t.shape.at(-1) as number;
  return solveSquare("inv", t, broadcastUnchecked(eye(n, n, { dtype: t.dtype }), t.shape));
}
