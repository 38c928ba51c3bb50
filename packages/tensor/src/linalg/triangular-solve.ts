import { ArgumentError } from "../errors";
import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { isUnknown } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import { tril, triu } from "../ops/triangular";
import { dot } from "../primitives/dot";
import { addTangents, neg } from "../primitives/elementwise";
import type { Tensor, TensorLike } from "../tensor";
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

/** Which triangle a triangular matrix occupies and how it is used. */
export interface TriangularSolveOptions {
  /** Whether the lower triangle counts (default) or the upper one; the other is not read. */
  readonly lower?: boolean | undefined;
  /** Solve Aᵀ X = B instead; default false. */
  readonly transpose?: boolean | undefined;
  /** Take the diagonal to be ones, without reading it; default false. */
  readonly unitDiagonal?: boolean | undefined;
}

interface SolveParams extends Named {
  readonly lower: boolean;
  readonly transpose: boolean;
  readonly unitDiagonal: boolean;
}

const solvePrimitive: Primitive<SolveParams> = {
  name: "triangularSolve",
  shape: ([, b]) => [b as Aval],
  batch: (inputs, axes, size, params) => batchColumns(solvePrimitive, inputs, axes, size, params),
  jvp: ([a, b], [ta, tb], params): JvpResult => {
    const x = bind1(solvePrimitive, [a as Tensor, b as Tensor], params);
    const change = ta == null ? null : neg(dot(triangleOf(ta, params), x));
    const drive = addTangents(tb ?? null, change);
    return {
      primals: [x],
      tangents: [drive && bind1(solvePrimitive, [a as Tensor, drive], params)],
    };
  },
  transpose: ([ct], [a, b], params) => [
    null,
    ct == null || !isUnknown(b!)
      ? null
      : bind1(solvePrimitive, [a as Tensor, ct], { ...params, transpose: !params.transpose }),
  ],
  host([a, b], [matrix, side], { operation, lower, transpose, unitDiagonal }) {
    const [x, y] = [matrix as Aval, side as Aval];
    const [n, k] = sizes(y);
    const out = new Results(y);
    for (let i = 0; i < batchOf(x); i++) {
      const t = matrixAt(a!, x, i);
      const solution = matrixAt(b!, y, i);
      if (transpose) transposeInPlace(t, n);
      const triangle = { lower: lower !== transpose, unitDiagonal };
      const row = solveTriangularInPlace(t, n, solution, k, triangle);
      if (row !== undefined) {
        throw new ArgumentError(
          `${operation}: expected a triangular matrix without zeros on its diagonal; element ${row} is 0${whichMatrix(x, i)}; use lstsq or pinv for singular matrices`,
          { operation, row },
        );
      }
      out.push(solution);
    }
    return [out.array];
  },
};

function transposeInPlace(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const held = a[i * n + j] as number;
      a[i * n + j] = a[j * n + i] as number;
      a[j * n + i] = held;
    }
  }
}

/** The part of a tangent that the solution depends on, as it is multiplied. */
function triangleOf(t: Tensor, { lower, transpose, unitDiagonal }: SolveParams): Tensor {
  const part = lower ? tril(t, unitDiagonal ? -1 : 0) : triu(t, unitDiagonal ? 1 : 0);
  return transpose ? transposed(part) : part;
}

/** {@link triangularSolve} of matrices with equal leading axes. */
export const solveTriangular = (
  a: Tensor,
  b: Tensor,
  {
    operation,
    lower = true,
    transpose = false,
    unitDiagonal = false,
  }: Named & TriangularSolveOptions,
): Tensor => bind1(solvePrimitive, [a, b], { operation, lower, transpose, unitDiagonal });

/**
 * The solution of A X = B for triangular A, by substitution.
 *
 * Differentiable any number of times in A and B.
 *
 * @param a - triangular matrices [..., n, n]
 * @param b - [..., n, k], or a vector [n]; leading axes broadcast against those of a
 * @returns X, of b's shape with the broadcast leading axes
 * @throws ShapeError when the shapes do not fit; ArgumentError when a diagonal element is 0
 * @example
 * triangularSolve([[2, 0], [1, 4]], [2, 5]) // [1, 1]
 */
export function triangularSolve(
  a: TensorLike,
  b: TensorLike,
  options: TriangularSolveOptions = {},
): Tensor {
  const operation = "triangularSolve";
  return rightHandSide(operation, asSquare(operation, a, b), b, (m, side) =>
    solveTriangular(m, side, { ...options, operation }),
  );
}
