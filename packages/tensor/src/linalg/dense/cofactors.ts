import { luInPlace } from "./lu";
import { withProducts } from "./products";
import { svd } from "./svd";

/**
 * The matrix of cofactors: ∂ det(A) / ∂A.
 *
 * From A = U S Vᵀ it is det(U) det(V) U S* Vᵀ, where element i of S* is the product of all other singular values.
 *
 * @param a - n × n, row-major
 */
export function cofactors(a: Float64Array, n: number): Float64Array {
  if (!a.every(Number.isFinite)) return a.map(() => Number.NaN);
  const factors = svd(a, n, n, "thin");
  if (factors === undefined) return a.map(() => Number.NaN);
  const { u, s, vt } = factors;
  const orientation = signOf(u, n) * signOf(vt, n);
  const others = othersOf(s);
  const scaled = u.map((x, i) => x * orientation * (others[i % n] as number));
  const block = (data: Float64Array) => ({ data, offset: 0, rows: n, columns: n, stride: n });
  return withProducts((products) => products.multiply(block(scaled), block(vt)).slice());
}

/** Products of all elements but one, without dividing. */
function othersOf(s: Float64Array): Float64Array {
  const out = new Float64Array(s.length).fill(1);
  for (let i = 0, before = 1; i < s.length; before *= s[i++] as number) out[i] = before;
  for (let i = s.length - 1, after = 1; i >= 0; after *= s[i--] as number) {
    out[i] = (out[i] as number) * after;
  }
  return out;
}

/** The determinant, 1 or −1, of an orthogonal matrix. */
function signOf(q: Float64Array, n: number): number {
  const copy = q.slice();
  let { sign } = luInPlace(copy, n, n) as { sign: number };
  for (let j = 0; j < n; j++) if ((copy[j * n + j] as number) < 0) sign = -sign;
  return sign;
}
