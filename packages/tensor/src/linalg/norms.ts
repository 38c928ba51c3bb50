import { ArgumentError, ShapeError } from "../errors";
import { norm as vectorNorm } from "../ops/reduce";
import { cast } from "../primitives/elementwise";
import { showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { asMatrices, asSquare, sizes } from "./matrices";
import { type RankOptions, toleranceOf } from "./pinv";
import { inv } from "./solve";
import { singularValuesOf } from "./svd";

/**
 * A norm of matrices: "fro", the root of the sum of squares; "nuc", the sum of singular values; 1, the largest
 * column sum of |a_ij|; Infinity, the largest row sum; 2, the largest singular value; −1, −Infinity and −2, the
 * smallest of these.
 */
export type MatrixNorm = "fro" | "nuc" | 1 | 2 | -1 | -2 | number;

/** The extreme along the last axis; an empty one has 0 for the largest. */
function extreme(operation: string, x: Tensor, smallest: boolean): Tensor {
  if (x.shape.at(-1) !== 0) return smallest ? x.min(-1) : x.max(-1);
  if (!smallest) return x.sum(-1);
  throw new ShapeError(
    `${operation}: expected matrices with elements for the smallest of their values; got none along an axis of shape ${showShape(x.shape)}`,
    { operation, shape: x.shape },
  );
}

/**
 * Norms of matrices; for vectors see `norm` of the main entry point.
 *
 * @param a - [..., m, n]
 * @param kind - default "fro"
 * @returns [...]
 * @throws ArgumentError on an unknown kind; ShapeError when there are fewer than two axes
 */
export function norm(a: TensorLike, kind: MatrixNorm = "fro"): Tensor {
  const t = asMatrices("norm", a);
  switch (kind) {
    case "fro":
      return vectorNorm(t, [-2, -1]);
    case "nuc":
      return singularValuesOf("norm", t).sum(-1);
    case 2:
    case -2:
      return extreme("norm", singularValuesOf("norm", t), kind < 0);
    case 1:
    case -1:
      return extreme("norm", t.abs().sum(-2), kind < 0);
    case Infinity:
    case -Infinity:
      return extreme("norm", t.abs().sum(-1), kind < 0);
    default:
      throw new ArgumentError(
        `norm: expected "fro", "nuc", ±1, ±2 or ±Infinity; got ${String(kind)}`,
        { kind },
      );
  }
}

/**
 * Condition numbers: by default the ratio of the largest to the smallest singular value, ∞ for singular matrices;
 * for another norm ‖A‖ ‖A⁻¹‖.
 *
 * @param a - [..., m, n]; square for norms other than 2
 * @throws ArgumentError when a norm other than 2 is asked for a singular matrix
 */
export function cond(a: TensorLike, kind: MatrixNorm = 2): Tensor {
  if (kind === 2 || kind === -2) {
    const s = singularValuesOf("cond", a);
    const [largest, smallest] = [extreme("cond", s, false), extreme("cond", s, true)];
    return kind === 2 ? largest.div(smallest) : smallest.div(largest);
  }
  const t = asSquare("cond", a);
  return norm(t, kind).mul(norm(inv(t), kind));
}

/**
 * The number of singular values above a tolerance: i32 [...].
 *
 * @param a - [..., m, n]
 * @param options.tolerance - fraction of the largest; default max(m, n) · ε of the dtype
 */
export function matrixRank(a: TensorLike, options: RankOptions = {}): Tensor {
  const t = asMatrices("matrixRank", a);
  const tolerance = toleranceOf("matrixRank", t, options);
  const s = singularValuesOf("matrixRank", t);
  if (Math.min(...sizes(t)) === 0) return cast(s.sum(-1), "i32");
  return cast(s.greater(s.max(-1, { keepDims: true }).mul(tolerance)), "i32").sum(-1);
}
