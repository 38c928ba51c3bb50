import { bidiagonalize } from "./bidiagonal";
import { withProducts } from "./products";
import { qrInPlace } from "./qr";
import { formQ } from "./reflectors";
import { unitFor } from "./scaling";
import { diagonalize } from "./svd-iteration";

/** A = U diag(s) Vᵀ. */
export interface SingularValues {
  /** m × p, row-major; empty if not wanted. */
  readonly u: Float64Array;
  /** Descending, ≥ 0. */
  readonly s: Float64Array;
  /** q × n, row-major: Vᵀ; empty if not wanted. */
  readonly vt: Float64Array;
}

/** Which vectors are wanted: none, those of the singular values, or bases of the whole spaces. */
export type Vectors = "none" | "thin" | "full";

/** Where there are so many times more rows than columns, QR comes first and the rest works on R alone. */
const tall = 1.6;

/**
 * Singular value decomposition: bidiagonalisation by reflectors, then implicit QR steps.
 *
 * @param a - m × n, row-major, finite
 * @returns undefined if the iteration did not end
 * @see Golub & Kahan 1965; Golub & Reinsch 1970; Golub & Van Loan 2013, §8.6
 */
export function svd(
  a: Float64Array,
  m: number,
  n: number,
  vectors: Vectors,
): SingularValues | undefined {
  const unit = unitFor(a);
  const scaled = a.map((x) => x * unit);
  const result =
    m >= n
      ? decompose(scaled, m, n, vectors)
      : flip(decompose(transpose(scaled, m, n), n, m, vectors), n, m);
  if (result === undefined) return undefined;
  for (let i = 0; i < result.s.length; i++) result.s[i] = (result.s[i] as number) / unit;
  return result;
}

function transpose(a: Float64Array, m: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[j * m + i] = a[i * n + j] as number;
  return out;
}

/** From the decomposition of the transpose, m × n there. */
function flip(
  result: SingularValues | undefined,
  m: number,
  n: number,
): SingularValues | undefined {
  if (result === undefined) return undefined;
  const { u, s, vt } = result;
  return { u: transpose(vt, vt.length / n, n), s, vt: transpose(u, m, u.length / m) };
}

/** For m ≥ n. */
function decompose(
  a: Float64Array,
  m: number,
  n: number,
  vectors: Vectors,
): SingularValues | undefined {
  if (m >= tall * n && n > 0) return afterQr(a, m, n, vectors);
  const { diagonal, above, left, right } = bidiagonalize(a, m, n);
  if (vectors === "none") {
    const s = diagonalize(diagonal, above, n, undefined, undefined);
    return s && { ...s, u: new Float64Array(0), vt: new Float64Array(0) };
  }
  const columns = vectors === "full" ? m : n;
  const [ut, vt] = withProducts((products) => [
    transpose(formQ(products, left, columns), m, columns),
    transpose(formQ(products, right, n), n, n),
  ]) as [Float64Array, Float64Array];
  const result = diagonalize(diagonal, above, n, { rows: ut, length: m }, { rows: vt, length: n });
  return result && { u: transpose(ut, columns, m), s: result.s, vt };
}

/** A = Q R = Q (U S Vᵀ). */
function afterQr(
  a: Float64Array,
  m: number,
  n: number,
  vectors: Vectors,
): SingularValues | undefined {
  if (vectors === "none") return decompose(qrInPlace(a, m, n, 0).r, n, n, vectors);
  const columns = vectors === "full" ? m : n;
  const { q, r } = qrInPlace(a, m, n, columns);
  const inner = decompose(r.slice(0, n * n), n, n, "thin");
  if (inner === undefined) return undefined;
  const u = withProducts((products) =>
    products
      .multiply(
        { data: q, offset: 0, rows: m, columns: n, stride: columns },
        { data: inner.u, offset: 0, rows: n, columns: n, stride: n },
      )
      .slice(),
  );
  if (columns === n) return { ...inner, u };
  for (let i = 0; i < m; i++) q.set(u.subarray(i * n, (i + 1) * n), i * columns);
  return { ...inner, u: q };
}
