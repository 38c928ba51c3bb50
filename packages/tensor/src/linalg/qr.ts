import { ArgumentError } from "../errors";
import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { bind } from "../internal/trace";
import { tril, triu } from "../ops/triangular";
import { batchLeading } from "../primitives/batching";
import { dot } from "../primitives/dot";
import { gather } from "../primitives/indexing";
import type { Tensor, TensorLike } from "../tensor";
import { pivotedQrInPlace } from "./dense/pivoted-qr";
import { qrInPlace } from "./dense/qr";
import { asMatrices, batchOf, corner, matrixAt, Results, sizes, transposed } from "./matrices";
import { solveTriangular } from "./triangular-solve";

/** How much of Q is wanted. */
export type QrMode = "reduced" | "complete";

interface QrParams {
  readonly mode: QrMode | "r";
}

const lengths = (a: Aval, { mode }: QrParams): { m: number; n: number; k: number } => {
  const [m, n] = sizes(a);
  return { m, n, k: mode === "complete" ? m : Math.min(m, n) };
};

/** Q and R of A = Q R; only R in mode "r". */
const qrPrimitive: Primitive<QrParams> = {
  name: "qr",
  shape: ([a], params) => {
    const { dtype, shape } = a as Aval;
    const { m, n, k } = lengths(a as Aval, params);
    const lead = shape.slice(0, -2);
    const r = { shape: [...lead, k, n], dtype };
    return params.mode === "r" ? [r] : [{ shape: [...lead, m, k], dtype }, r];
  },
  batch: batchLeading(),
  jvp: ([a], [t], params): JvpResult => {
    if (t == null) {
      const primals = bind(qrPrimitive, [a as Tensor], params);
      return { primals, tangents: primals.map(() => null) };
    }
    const { m, n } = lengths(a as Tensor, params);
    if (params.mode === "complete" && m > n) {
      throw new ArgumentError(
        `qr: expected mode "reduced" to differentiate a tall matrix; got "complete" for ${m} × ${n}; the columns of Q that complete the basis have no derivative`,
        { m, n },
      );
    }
    const [q, r] = bind(qrPrimitive, [a as Tensor], { mode: "reduced" }) as [Tensor, Tensor];
    const [dq, dr] = qrTangents("qr", q, r, t);
    return params.mode === "r"
      ? { primals: [r], tangents: [dr] }
      : { primals: [q, r], tangents: [dq, dr] };
  },
  host([a], [aval], params) {
    const x = aval as Aval;
    const { m, n, k } = lengths(x, params);
    const results = qrPrimitive.shape([x], params).map((y) => new Results(y));
    for (let i = 0; i < batchOf(x); i++) {
      const { q, r } = qrInPlace(matrixAt(a!, x, i), m, n, params.mode === "r" ? 0 : k);
      if (params.mode !== "r") results[0]?.push(q);
      results.at(-1)?.push(r);
    }
    return results.map((y) => y.array);
  },
};

/**
 * Tangents of Q and R for full rank. With C = Ȧ₁ R₁⁻¹, of the first columns that make R square, and Ω the
 * antisymmetric matrix with QᵀC below its diagonal: Q̇ = C + Q (Ω − QᵀC), Ṙ = QᵀȦ − Ω R.
 */
function qrTangents(operation: string, q: Tensor, r: Tensor, t: Tensor): readonly [Tensor, Tensor] {
  const [m, k] = sizes(q);
  const r1 = corner(r, k, k);
  const c = transposed(
    solveTriangular(r1, transposed(corner(t, m, k)), { operation, lower: false, transpose: true }),
  );
  const inside = dot(transposed(q), c);
  const below = tril(inside, -1);
  const turn = below.sub(transposed(below));
  return [c.add(dot(q, turn.sub(inside))), triu(dot(transposed(q), t).sub(dot(turn, r)))];
}

/** A = q · r. */
export interface QrResult {
  /** [..., m, k], columns orthonormal. */
  readonly q: Tensor;
  /** [..., k, n], upper triangular with a diagonal ≥ 0. */
  readonly r: Tensor;
}

/**
 * A = Q R by Householder's reflections. The diagonal of R is not negative, which makes the factors unique for
 * full rank.
 *
 * Differentiable any number of times where the first min(m, n) columns are independent; not in mode "complete"
 * for m > n.
 *
 * @param a - matrices [..., m, n]
 * @param options.mode - "reduced" (default): k = min(m, n); "complete": k = m
 * @throws ShapeError when there are fewer than two axes
 */
export function qr(a: TensorLike, options: { readonly mode?: QrMode | undefined } = {}): QrResult {
  const { mode = "reduced" } = options;
  if (mode !== "reduced" && mode !== "complete") {
    throw new ArgumentError(
      `qr: expected mode "reduced" or "complete"; got ${String(mode)}; use qrR for R alone`,
      { mode },
    );
  }
  const [q, r] = bind(qrPrimitive, [asMatrices("qr", a)], { mode }) as [Tensor, Tensor];
  return { q, r };
}

/** R of {@link qr} alone, [..., min(m, n), n]: faster than both factors. */
export const qrR = (a: TensorLike): Tensor =>
  bind(qrPrimitive, [asMatrices("qrR", a)], { mode: "r" })[0] as Tensor;

type None = Record<never, never>;

const pivotedPrimitive: Primitive<None> = {
  name: "pivotedQr",
  shape: ([a]) => {
    const { dtype, shape } = a as Aval;
    const [m, n] = sizes(a as Aval);
    const k = Math.min(m, n);
    const lead = shape.slice(0, -2);
    return [
      { shape: [...lead, m, k], dtype },
      { shape: [...lead, k, n], dtype },
      { shape: [...lead, n], dtype: "i32" },
    ];
  },
  batch: batchLeading(),
  jvp: ([a], [t]): JvpResult => {
    const [q, r, order] = bind(pivotedPrimitive, [a as Tensor], {}) as [Tensor, Tensor, Tensor];
    if (t == null) return { primals: [q, r, order], tangents: [null, null, null] };
    const lead = order.shape.length - 1;
    const moved = transposed(gather(transposed(t), order, lead, lead));
    const [dq, dr] = qrTangents("pivotedQr", q, r, moved);
    return { primals: [q, r, order], tangents: [dq, dr, null] };
  },
  host([a], [aval]) {
    const x = aval as Aval;
    const [m, n] = sizes(x);
    const [qs, rs, orders] = pivotedPrimitive.shape([x], {}).map((y) => new Results(y)) as [
      Results,
      Results,
      Results,
    ];
    for (let i = 0; i < batchOf(x); i++) {
      const { q, r, order } = pivotedQrInPlace(matrixAt(a!, x, i), m, n, Math.min(m, n));
      qs.push(q);
      rs.push(r);
      orders.push(order);
    }
    return [qs.array, rs.array, orders.array];
  },
};

/** A[:, permutation] = q · r. */
export interface PivotedQrResult extends QrResult {
  /** i32 [..., n]: which column of A stands where. */
  readonly permutation: Tensor;
}

/**
 * QR with column pivoting: each column is the one with the largest part outside the span of those before it, so
 * that the diagonal of R falls and shows the numerical rank.
 *
 * Differentiable, for a fixed permutation, where the chosen min(m, n) columns are independent.
 *
 * @param a - matrices [..., m, n]
 * @throws ShapeError when there are fewer than two axes
 * @see Businger & Golub 1965, "Linear least squares solutions by Householder transformations"
 */
export function pivotedQr(a: TensorLike): PivotedQrResult {
  const [q, r, permutation] = bind(pivotedPrimitive, [asMatrices("pivotedQr", a)], {}) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  return { q, r, permutation };
}
