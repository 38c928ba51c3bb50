import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { isUnknown } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import { dot } from "../primitives/dot";
import { addTangents } from "../primitives/elementwise";
import type { Tensor, TensorLike } from "../tensor";
import { leastSquares } from "./dense/least-squares";
import {
  asMatrices,
  batchOf,
  chain,
  checkFinite,
  matrixAt,
  type Named,
  Results,
  sizes,
  transposed,
} from "./matrices";
import { pseudoInverseOf, type RankOptions, toleranceOf } from "./pinv";
import { batchColumns, rightHandSide } from "./right-hand-side";

interface LstsqParams extends Named {
  readonly tolerance: number;
}

const lstsqPrimitive: Primitive<LstsqParams> = {
  name: "lstsq",
  shape: ([a, b]) => {
    const { shape, dtype } = b as Aval;
    const [, n] = sizes(a as Aval);
    return [{ shape: [...shape.slice(0, -2), n, shape.at(-1) as number], dtype }];
  },
  batch: (inputs, axes, size, params) => batchColumns(lstsqPrimitive, inputs, axes, size, params),
  // X = G B with the tangent of the pseudo-inverse G of Golub & Pereyra 1973 and the residual E = B − A X:
  // Ẋ = G (Ḃ − Ȧ X) + G Gᵀ Ȧᵀ E + (I − G A) Ȧᵀ Gᵀ X.
  jvp: ([a, b], [ta, tb], params): JvpResult => {
    const [matrix, side] = [a as Tensor, b as Tensor];
    const x = bind1(lstsqPrimitive, [matrix, side], params);
    const drive = tb == null ? null : bind1(lstsqPrimitive, [matrix, tb], params);
    if (ta == null) return { primals: [x], tangents: [drive] };
    const g = pseudoInverseOf(params.operation, matrix, params.tolerance);
    const [gt, tt] = [transposed(g), transposed(ta)];
    const free = chain(tt, gt, x);
    const change = dot(g, dot(gt, dot(tt, side.sub(dot(matrix, x)))))
      .add(free.sub(dot(g, dot(matrix, free))))
      .sub(dot(g, dot(ta, x)));
    return { primals: [x], tangents: [addTangents(drive, change)] };
  },
  transpose: ([ct], [a, b], { operation, tolerance }) => [
    null,
    ct == null || !isUnknown(b!)
      ? null
      : dot(transposed(pseudoInverseOf(operation, a as Tensor, tolerance)), ct),
  ],
  host([a, b], [matrix, side], { operation, tolerance }) {
    const [x, y] = [matrix as Aval, side as Aval];
    const [m, n] = sizes(x);
    const k = y.shape.at(-1) as number;
    const out = new Results((lstsqPrimitive.shape([x, y], { operation, tolerance }) as [Aval])[0]);
    for (let i = 0; i < batchOf(x); i++) {
      const system = matrixAt(a!, x, i);
      checkFinite(operation, system, x, i);
      out.push(leastSquares(operation, system, m, n, matrixAt(b!, y, i), k, tolerance));
    }
    return [out.array];
  },
};

/**
 * The X that minimises ‖A X − B‖; the shortest one where there are several.
 *
 * By QR with column pivoting where the columns are clearly independent, by singular values elsewhere.
 * Differentiable any number of times where the rank does not change.
 *
 * @param a - matrices [..., m, n], finite
 * @param b - [..., m, k], or a vector [m]; leading axes broadcast against those of a
 * @param options.tolerance - fraction of the largest singular value up to which others count as zero
 * @returns [..., n, k], or [n] for a vector
 * @throws ShapeError when the shapes do not fit; ArgumentError on NaN or infinity in a
 * @example
 * lstsq([[1], [1]], [1, 3]) // [2]
 */
export function lstsq(a: TensorLike, b: TensorLike, options: RankOptions = {}): Tensor {
  const operation = "lstsq";
  return rightHandSide(operation, asMatrices(operation, a, b), b, (matrix, side) =>
    bind1(lstsqPrimitive, [matrix, side], {
      operation,
      tolerance: toleranceOf(operation, matrix, options),
    }),
  );
}
