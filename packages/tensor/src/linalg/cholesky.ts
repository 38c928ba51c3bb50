import { ArgumentError } from "../errors";
import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import { tril } from "../ops/triangular";
import { batchLeading } from "../primitives/batching";
import { dot } from "../primitives/dot";
import type { Tensor, TensorLike } from "../tensor";
import { choleskyInPlace } from "./dense/cholesky";
import {
  asSquare,
  batchOf,
  matrixAt,
  type Named,
  Results,
  sizes,
  symmetrized,
  transposed,
  whichMatrix,
} from "./matrices";
import { rightHandSide } from "./right-hand-side";
import { solveTriangular } from "./triangular-solve";

const choleskyPrimitive: Primitive<Named> = {
  name: "cholesky",
  shape: ([a]) => [a as Aval],
  batch: batchLeading(),
  // With A = L Lᵀ and Φ taking the lower triangle with half the diagonal: L̇ = L Φ(L⁻¹ Ȧ L⁻ᵀ). Murray 2016.
  jvp: ([a], [t], params): JvpResult => {
    const l = bind1(choleskyPrimitive, [a as Tensor], params);
    if (t == null) return { primals: [l], tangents: [null] };
    const { operation } = params;
    const inner = solveTriangular(l, transposed(solveTriangular(l, t, { operation })), {
      operation,
    });
    const half = tril(inner).add(tril(inner, -1)).mul(0.5);
    return { primals: [l], tangents: [dot(l, half)] };
  },
  host([a], [aval], { operation }) {
    const x = aval as Aval;
    const [n] = sizes(x);
    const out = new Results(x);
    for (let i = 0; i < batchOf(x); i++) {
      const matrix = matrixAt(a!, x, i);
      const failed = choleskyInPlace(matrix, n);
      if (failed !== undefined) {
        throw new ArgumentError(
          `${operation}: expected a positive definite matrix; pivot ${failed.row} is ${failed.value}${whichMatrix(x, i)}; add a multiple of the identity, or use eigh`,
          { operation, pivot: failed.row, value: failed.value },
        );
      }
      out.push(matrix);
    }
    return [out.array];
  },
};

/**
 * The lower triangular L with A = L Lᵀ and a positive diagonal.
 *
 * Differentiable any number of times, as a function of (A + Aᵀ)/2.
 *
 * @param a - symmetric positive definite matrices [..., n, n]; (A + Aᵀ)/2 is taken
 * @returns [..., n, n]
 * @throws ShapeError when a is not square; ArgumentError naming the first pivot that is not positive
 * @example
 * cholesky([[4, 2], [2, 10]]) // [[2, 0], [1, 3]]
 */
export function cholesky(a: TensorLike): Tensor {
  const operation = "cholesky";
  return bind1(choleskyPrimitive, [symmetrized(asSquare(operation, a))], { operation });
}

/**
 * The solution of A X = B by the Cholesky factor of A.
 *
 * @param factor - L [..., n, n] with A = L Lᵀ
 * @param b - [..., n, k], or a vector [n]; leading axes broadcast against those of the factor
 * @throws ShapeError when the shapes do not fit; ArgumentError when a diagonal element of L is 0
 * @example
 * choleskySolve([[2, 0], [1, 3]], [2, 10]) // [0, 1]
 */
export function choleskySolve(factor: TensorLike, b: TensorLike): Tensor {
  const operation = "choleskySolve";
  return rightHandSide(operation, asSquare(operation, factor, b), b, (l, side) =>
    solveTriangular(l, solveTriangular(l, side, { operation }), { operation, transpose: true }),
  );
}
