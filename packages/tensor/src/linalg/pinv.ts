import { ArgumentError } from "../errors";
import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import { batchLeading } from "../primitives/batching";
import type { Tensor, TensorLike } from "../tensor";
import { pseudoInverse } from "./dense/pseudo-inverse";
import {
  asMatrices,
  batchOf,
  chain,
  checkFinite,
  epsilonOf,
  matrixAt,
  type Named,
  Results,
  sizes,
  transposed,
} from "./matrices";

/** Which singular values count as zero. */
export interface RankOptions {
  /** Those up to this fraction of the largest; default max(m, n) · ε of the dtype. */
  readonly tolerance?: number | undefined;
}

/**
 * The fraction of the largest singular value up to which others count as zero.
 *
 * @throws ArgumentError unless it is a number ≥ 0
 */
export function toleranceOf(operation: string, a: Tensor, options: RankOptions): number {
  const { tolerance = Math.max(...sizes(a)) * epsilonOf(a.dtype) } = options;
  if (tolerance >= 0) return tolerance;
  throw new ArgumentError(`${operation}: expected a tolerance ≥ 0; got ${tolerance}`, {
    tolerance,
  });
}

interface PinvParams extends Named {
  readonly tolerance: number;
}

const pinvPrimitive: Primitive<PinvParams> = {
  name: "pinv",
  shape: ([a]) => {
    const { shape, dtype } = a as Aval;
    const [m, n] = sizes(a as Aval);
    return [{ shape: [...shape.slice(0, -2), n, m], dtype }];
  },
  batch: batchLeading(),
  // Golub & Pereyra 1973: Ġ = −G Ȧ G + G Gᵀ Ȧᵀ (I − A G) + (I − G A) Ȧᵀ Gᵀ G at constant rank.
  jvp: ([a], [t], params): JvpResult => {
    const x = a as Tensor;
    const g = bind1(pinvPrimitive, [x], params);
    if (t == null) return { primals: [g], tangents: [null] };
    const [tt, gt] = [transposed(t), transposed(g)];
    const rows = chain(g, gt, tt);
    const columns = chain(tt, gt, g);
    const change = rows
      .sub(chain(rows, x, g))
      .add(columns.sub(chain(g, x, columns)))
      .sub(chain(g, t, g));
    return { primals: [g], tangents: [change] };
  },
  host([a], [aval], { operation, tolerance }) {
    const x = aval as Aval;
    const [m, n] = sizes(x);
    const out = new Results((pinvPrimitive.shape([x], { operation, tolerance }) as [Aval])[0]);
    for (let i = 0; i < batchOf(x); i++) {
      const matrix = matrixAt(a!, x, i);
      checkFinite(operation, matrix, x, i);
      out.push(pseudoInverse(operation, matrix, m, n, tolerance));
    }
    return [out.array];
  },
};

/** {@link pinv} with the name that errors speak of. */
export const pseudoInverseOf = (operation: string, a: Tensor, tolerance: number): Tensor =>
  bind1(pinvPrimitive, [a], { operation, tolerance });

/**
 * Moore and Penrose's inverse: the matrix G with A G A = A, G A G = G and symmetric A G and G A.
 *
 * Differentiable any number of times where the rank does not change.
 *
 * @param a - matrices [..., m, n], finite
 * @param options.tolerance - fraction of the largest singular value up to which others count as zero
 * @returns [..., n, m]
 * @throws ShapeError when there are fewer than two axes; ArgumentError on NaN, infinity or a bad tolerance
 * @example
 * pinv([[2, 0], [0, 0]]) // [[0.5, 0], [0, 0]]
 */
export function pinv(a: TensorLike, options: RankOptions = {}): Tensor {
  const t = asMatrices("pinv", a);
  return pseudoInverseOf("pinv", t, toleranceOf("pinv", t, options));
}
