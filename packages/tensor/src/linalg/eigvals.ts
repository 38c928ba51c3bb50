import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { Aval, Primitive } from "../internal/primitive";
import { bind } from "../internal/trace";
import { batchLeading } from "../primitives/batching";
import type { Tensor, TensorLike } from "../tensor";
import { asSquare, batchOf, checkFinite, matrixAt, Results, sizes } from "./matrices";

type None = Record<never, never>;

const eigvalsPrimitive: Primitive<None> = {
  name: "eigvals",
  shape: ([a]) => {
    const { shape, dtype } = a as Aval;
    const values = { shape: shape.slice(0, -1), dtype };
    return [values, values];
  },
  batch: batchLeading(),
  host([a], [aval]) {
    const x = aval as Aval;
    const [n] = sizes(x);
    const [real, imaginary] = eigvalsPrimitive.shape([x], {}).map((y) => new Results(y)) as [
      Results,
      Results,
    ];
    for (let i = 0; i < batchOf(x); i++) {
      const matrix = matrixAt(a!, x, i);
      checkFinite("eigvals", matrix, x, i);
      if (n === 0) continue;
      const rows = Array.from({ length: n }, (_, r) =>
        Array.from(matrix.subarray(r * n, (r + 1) * n)),
      );
      const eigen = new EigenvalueDecomposition(new Matrix(rows), { assumeSymmetric: false });
      real.push(eigen.realEigenvalues);
      imaginary.push(eigen.imaginaryEigenvalues);
    }
    return [real.array, imaginary.array];
  },
};

/** Eigenvalues real + i · imaginary. */
export interface EigvalsResult {
  /** [..., n]. */
  readonly real: Tensor;
  /** [..., n]; conjugate pairs stand side by side. */
  readonly imaginary: Tensor;
}

/**
 * Eigenvalues of general square matrices, in no particular order. Not differentiable.
 *
 * @param a - [..., n, n], finite
 * @throws ShapeError when a is not square; ArgumentError on NaN or infinity, or under differentiation
 */
export function eigvals(a: TensorLike): EigvalsResult {
  const [real, imaginary] = bind(eigvalsPrimitive, [asSquare("eigvals", a)], {}) as [
    Tensor,
    Tensor,
  ];
  return { real, imaginary };
}
