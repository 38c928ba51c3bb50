import { ArgumentError, ConvergenceError } from "../errors";
import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { bind } from "../internal/trace";
import { diagonal } from "../ops/triangular";
import { batchLeading } from "../primitives/batching";
import { dot } from "../primitives/dot";
import type { Tensor, TensorLike } from "../tensor";
import { svd as decompose, type Vectors } from "./dense/svd";
import { safeReciprocal } from "./gaps";
import {
  asMatrices,
  batchOf,
  chain,
  checkFinite,
  matrixAt,
  type Named,
  Results,
  scaleColumns,
  sizes,
  transposed,
  whichMatrix,
} from "./matrices";

interface SvdParams extends Named {
  readonly vectors: Vectors;
}

const svdPrimitive: Primitive<SvdParams> = {
  name: "svd",
  shape: ([a], { vectors }) => {
    const { shape, dtype } = a as Aval;
    const [m, n] = sizes(a as Aval);
    const lead = shape.slice(0, -2);
    const k = Math.min(m, n);
    const s = { shape: [...lead, k], dtype };
    if (vectors === "none") return [s];
    const [left, right] = vectors === "full" ? [m, n] : [k, k];
    return [{ shape: [...lead, m, left], dtype }, s, { shape: [...lead, right, n], dtype }];
  },
  batch: batchLeading(),
  jvp: ([a], [t], params): JvpResult => {
    if (t == null) {
      const primals = bind(svdPrimitive, [a as Tensor], params);
      return { primals, tangents: primals.map(() => null) };
    }
    const [m, n] = sizes(a as Tensor);
    if (params.vectors === "full" && m !== n) {
      throw new ArgumentError(
        `svd: expected fullMatrices: false to differentiate ${m} × ${n}; the vectors that complete the bases have no derivative`,
        { m, n },
      );
    }
    const [u, s, vt] = bind(svdPrimitive, [a as Tensor], { ...params, vectors: "thin" }) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const inside = chain(transposed(u), t, transposed(vt));
    const ds = diagonal(inside);
    if (params.vectors === "none") return { primals: [s], tangents: [ds] };
    const [du, dv] = turns(u, s, vt, t, inside);
    return { primals: [u, s, vt], tangents: [du, ds, transposed(dv)] };
  },
  host([a], [aval], params) {
    const { operation, vectors } = params;
    const x = aval as Aval;
    const [m, n] = sizes(x);
    const results = svdPrimitive.shape([x], params).map((y) => new Results(y));
    for (let i = 0; i < batchOf(x); i++) {
      const matrix = matrixAt(a!, x, i);
      checkFinite(operation, matrix, x, i);
      const factors = decompose(matrix, m, n, vectors);
      if (factors === undefined) {
        throw new ConvergenceError(
          `${operation}: 75 steps did not isolate a singular value${whichMatrix(x, i)}`,
          { operation, matrix: i },
        );
      }
      const { u, s, vt } = factors;
      const parts = vectors === "none" ? [s] : [u, s, vt];
      parts.forEach((part, p) => {
        results[p]?.push(part);
      });
    }
    return results.map((y) => y.array);
  },
};

/**
 * Tangents of U and V. With P = UᵀȦV, its symmetric part P₊ and its antisymmetric part P₋, off the diagonal:
 * U̇ = U Ω + (I − UUᵀ) Ȧ V S⁻¹ with Ω_ij = P₊ / (s_j − s_i) + P₋ / (s_j + s_i),
 * V̇ = V Ω + (I − VVᵀ) Ȧᵀ U S⁻¹ with Ω_ij = P₊ / (s_j − s_i) − P₋ / (s_j + s_i).
 */
function turns(
  u: Tensor,
  s: Tensor,
  vt: Tensor,
  t: Tensor,
  inside: Tensor,
): readonly [Tensor, Tensor] {
  const [m, k] = sizes(u);
  const n = vt.shape.at(-1) as number;
  if (k === 0) return [u, transposed(vt)];
  const [row, column] = [s.expandDims(-2), s.expandDims(-1)];
  const largest = s.max(-1).expandDims(-1).stopGradient();
  const scale = largest.expandDims(-1);
  const flipped = transposed(inside);
  const together = inside.add(flipped).mul(safeReciprocal(row.sub(column), scale, k));
  const apart = inside.sub(flipped).mul(safeReciprocal(row.add(column), scale, k));
  const v = transposed(vt);
  let du = dot(u, together.add(apart).mul(0.5));
  let dv = dot(v, together.sub(apart).mul(0.5));
  const inverse = safeReciprocal(s, largest, Math.max(m, n));
  if (m > k) du = du.add(scaleColumns(outside(u, dot(t, v)), inverse));
  if (n > k) dv = dv.add(scaleColumns(outside(v, dot(transposed(t), u)), inverse));
  return [du, dv];
}

/** (I − B Bᵀ) X for a basis B. */
const outside = (basis: Tensor, x: Tensor): Tensor =>
  x.sub(chain(basis, dot(transposed(basis), x)));

/** A = u · diag(s) · vt. */
export interface SvdResult {
  /** [..., m, k], columns orthonormal. */
  readonly u: Tensor;
  /** [..., k], descending, ≥ 0. */
  readonly s: Tensor;
  /** [..., k, n], rows orthonormal. */
  readonly vt: Tensor;
}

/**
 * Singular value decomposition.
 *
 * Differentiable any number of times; for m ≠ n not with full matrices. Where singular values are equal to within
 * k ε of the largest, their vectors have no derivatives: common turns of them are left out. That is right for what
 * such turns do not change: sums over the values, projections on whole spaces, the polar factor U Vᵀ. The signs of
 * pairs of vectors are arbitrary.
 *
 * @param a - matrices [..., m, n], finite
 * @param options.fullMatrices - complete u to m columns and vt to n rows; default false: k = min(m, n)
 * @throws ShapeError when there are fewer than two axes; ArgumentError on NaN or infinity; ConvergenceError if the
 *   iteration does not end
 */
export function svd(
  a: TensorLike,
  options: { readonly fullMatrices?: boolean | undefined } = {},
): SvdResult {
  const [u, s, vt] = bind(svdPrimitive, [asMatrices("svd", a)], {
    operation: "svd",
    vectors: options.fullMatrices === true ? "full" : "thin",
  }) as [Tensor, Tensor, Tensor];
  return { u, s, vt };
}

/** Singular values of matrices whose operation has another name in errors. */
export const singularValuesOf = (operation: string, a: TensorLike): Tensor =>
  bind(svdPrimitive, [asMatrices(operation, a)], { operation, vectors: "none" })[0] as Tensor;

/**
 * The singular values of {@link svd} alone, [..., min(m, n)]: several times faster.
 *
 * @example
 * svdvals([[3, 0], [0, -4]]) // [4, 3]
 */
export const svdvals = (a: TensorLike): Tensor => singularValuesOf("svdvals", a);
