import { ArgumentError } from "../errors";
import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { bind } from "../internal/trace";
import { tril, triu } from "../ops/triangular";
import { batchLeading } from "../primitives/batching";
import { dot } from "../primitives/dot";
import { gather } from "../primitives/indexing";
import type { Tensor, TensorLike } from "../tensor";
import { luInPlace } from "./dense/lu";
import { asMatrices, batchOf, matrixAt, Results, sizes, transposed } from "./matrices";
import { solveTriangular } from "./triangular-solve";

type None = Record<never, never>;

const luPrimitive: Primitive<None> = {
  name: "lu",
  shape: ([a]) => {
    const { shape, dtype } = a as Aval;
    const [m, n] = sizes(a as Aval);
    const lead = shape.slice(0, -2);
    const k = Math.min(m, n);
    return [
      { shape: [...lead, m, k], dtype },
      { shape: [...lead, k, n], dtype },
      { shape: [...lead, m], dtype: "i32" },
    ];
  },
  batch: batchLeading(),
  // With M = L⁻¹ (PȦ) U⁻¹: L̇ = L · (M strictly below the diagonal), U̇ = (the rest of M) · U.
  jvp: ([a], [t]): JvpResult => {
    const [l, u, order] = bind(luPrimitive, [a as Tensor], {}) as [Tensor, Tensor, Tensor];
    if (t == null) return { primals: [l, u, order], tangents: [null, null, null] };
    const [m, n] = sizes(a as Tensor);
    if (m !== n) {
      throw new ArgumentError(
        `lu: expected a square matrix to differentiate; got ${m} × ${n}; use qr or svd, or stopGradient`,
        { m, n },
      );
    }
    const lead = order.shape.length - 1;
    const operation = "lu";
    const left = solveTriangular(l, gather(t, order, lead, lead), {
      operation,
      unitDiagonal: true,
    });
    const both = transposed(
      solveTriangular(u, transposed(left), { operation, lower: false, transpose: true }),
    );
    return {
      primals: [l, u, order],
      tangents: [dot(l, tril(both, -1)), dot(triu(both), u), null],
    };
  },
  host([a], [aval]) {
    const x = aval as Aval;
    const [m, n] = sizes(x);
    const [l, u, order] = luPrimitive.shape([x], {}).map((y) => new Results(y)) as [
      Results,
      Results,
      Results,
    ];
    for (let i = 0; i < batchOf(x); i++) {
      const factors = matrixAt(a!, x, i);
      order.push(luInPlace(factors, m, n).order);
      const k = Math.min(m, n);
      const lower = new Float64Array(m * k);
      for (let r = 0; r < m; r++) {
        lower.set(factors.subarray(r * n, r * n + Math.min(r, k)), r * k);
        if (r < k) lower[r * k + r] = 1;
      }
      const upper = new Float64Array(k * n);
      for (let r = 0; r < k; r++) upper.set(factors.subarray(r * n + r, (r + 1) * n), r * n + r);
      l.push(lower);
      u.push(upper);
    }
    return [l.array, u.array, order.array];
  },
};

/** A[permutation] = lower · upper. */
export interface LuResult {
  /** i32 [..., m]: which row of A stands where. */
  readonly permutation: Tensor;
  /** [..., m, k] with ones on the diagonal, k = min(m, n). */
  readonly lower: Tensor;
  /** [..., k, n]. */
  readonly upper: Tensor;
}

/**
 * Gaussian elimination with row pivoting: A[permutation] = lower · upper.
 *
 * Works for singular matrices, too. Differentiable any number of times for invertible ones.
 *
 * @param a - matrices [..., m, n]
 * @throws ShapeError when there are fewer than two axes
 * @example
 * lu([[0, 1], [2, 3]]).permutation // [1, 0]
 */
export function lu(a: TensorLike): LuResult {
  const [lower, upper, permutation] = bind(luPrimitive, [asMatrices("lu", a)], {}) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  return { permutation, lower, upper };
}
