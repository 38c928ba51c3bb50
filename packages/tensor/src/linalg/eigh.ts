import { ConvergenceError } from "../errors";
import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { bind } from "../internal/trace";
import { diagonal } from "../ops/triangular";
import { batchLeading } from "../primitives/batching";
import { dot } from "../primitives/dot";
import type { Tensor, TensorLike } from "../tensor";
import { eighInPlace } from "./dense/eigh";
import { safeReciprocal } from "./gaps";
import {
  asSquare,
  batchOf,
  chain,
  checkFinite,
  matrixAt,
  type Named,
  Results,
  sizes,
  symmetrized,
  transposed,
  whichMatrix,
} from "./matrices";

interface EighParams extends Named {
  readonly vectors: boolean;
}

const eighPrimitive: Primitive<EighParams> = {
  name: "eigh",
  shape: ([a], { vectors }) => {
    const { shape, dtype } = a as Aval;
    const values = { shape: shape.slice(0, -1), dtype };
    return vectors ? [values, { shape, dtype }] : [values];
  },
  batch: batchLeading(),
  // With P = VᵀȦV: λ̇ = diag P, V̇ = V (F ∘ P) with F_ij = 1 / (λ_j − λ_i) off the diagonal.
  jvp: ([a], [t], params): JvpResult => {
    if (t == null) {
      const primals = bind(eighPrimitive, [a as Tensor], params);
      return { primals, tangents: primals.map(() => null) };
    }
    const [values, vectors] = bind(eighPrimitive, [a as Tensor], { ...params, vectors: true }) as [
      Tensor,
      Tensor,
    ];
    const inside = chain(transposed(vectors), t, vectors);
    const dValues = diagonal(inside);
    if (!params.vectors) return { primals: [values], tangents: [dValues] };
    const n = values.shape.at(-1) as number;
    const gaps = values.expandDims(-2).sub(values.expandDims(-1));
    const largest = n === 0 ? gaps : values.abs().max(-1).expandDims(-1).expandDims(-1);
    const turn = safeReciprocal(gaps, largest.stopGradient(), n).mul(inside);
    return { primals: [values, vectors], tangents: [dValues, dot(vectors, turn)] };
  },
  host([a], [aval], params) {
    const { operation } = params;
    const x = aval as Aval;
    const [n] = sizes(x);
    const results = eighPrimitive.shape([x], params).map((y) => new Results(y));
    for (let i = 0; i < batchOf(x); i++) {
      const matrix = matrixAt(a!, x, i);
      checkFinite(operation, matrix, x, i);
      const eigen = eighInPlace(matrix, n, params.vectors);
      if (eigen === undefined) {
        throw new ConvergenceError(
          `${operation}: 60 steps did not isolate an eigenvalue${whichMatrix(x, i)}`,
          { operation, matrix: i },
        );
      }
      results[0]?.push(eigen.values);
      results[1]?.push(eigen.vectors);
    }
    return results.map((y) => y.array);
  },
};

/** A = vectors · diag(values) · vectorsᵀ. */
export interface EighResult {
  /** [..., n], ascending. */
  readonly values: Tensor;
  /** [..., n, n], orthonormal eigenvectors in columns. */
  readonly vectors: Tensor;
}

/**
 * Eigenvalues and eigenvectors of symmetric matrices.
 *
 * Differentiable any number of times as a function of (A + Aᵀ)/2. Where eigenvalues are equal to within n ε of
 * the largest, their vectors have no derivatives: turns of them among themselves are left out. That is right for
 * what such turns do not change, sums over the values and projections on whole eigenspaces; for functions of
 * the matrix, V f(Λ) Vᵀ, use `symmetricFunction`, which is right everywhere. The signs of vectors are arbitrary.
 *
 * @param a - symmetric matrices [..., n, n], finite; (A + Aᵀ)/2 is taken
 * @throws ShapeError when a is not square; ArgumentError on NaN or infinity; ConvergenceError if the iteration
 *   does not end
 * @example
 * eigh([[2, 1], [1, 2]]).values // [1, 3]
 */
export function eigh(a: TensorLike): EighResult {
  const operation = "eigh";
  const [values, vectors] = bind(eighPrimitive, [symmetrized(asSquare(operation, a))], {
    operation,
    vectors: true,
  }) as [Tensor, Tensor];
  return { values, vectors };
}

/** The eigenvalues of {@link eigh} alone, [..., n]: several times faster. */
export function eigvalsh(a: TensorLike): Tensor {
  const operation = "eigvalsh";
  return bind(eighPrimitive, [symmetrized(asSquare(operation, a))], {
    operation,
    vectors: false,
  })[0] as Tensor;
}
