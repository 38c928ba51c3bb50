import { luInPlace } from "./lu";
import { type Products, withProducts } from "./products";
import { solveTriangularInPlace } from "./triangular";

/** Numerator of the diagonal Padé approximation of degree 13; the denominator's has alternating signs. */
const pade = [
  64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000,
  10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
] as const;

/** Norm up to which the approximation is exact to double precision. */
const reach = 5.371920351148152;

/** Largest column sum of absolute values. */
function columnNorm(a: Float64Array, n: number): number {
  let largest = 0;
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Math.abs(a[i * n + j] as number);
    largest = Math.max(largest, sum);
  }
  return largest;
}

/**
 * The exponential of an n × n matrix, row-major.
 *
 * @see Higham 2005
 */
export function exponential(a: Float64Array, n: number): Float64Array {
  const halvings = Math.max(0, Math.ceil(Math.log2(columnNorm(a, n) / reach)));
  const x = a.map((v) => v * 2 ** -halvings);
  return withProducts((products) => {
    let result = approximate(products, x, n);
    for (let i = 0; i < halvings; i++) result = multiply(products, result, result, n);
    return result;
  });
}

const multiply = (
  products: Products,
  a: Float64Array,
  b: Float64Array,
  n: number,
): Float64Array => {
  const block = (data: Float64Array) => ({ data, offset: 0, rows: n, columns: n, stride: n });
  return products.multiply(block(a), block(b)).slice();
};

/** (V − U)⁻¹ (V + U) with the odd powers in U and the even ones in V. */
function approximate(products: Products, a: Float64Array, n: number): Float64Array {
  const a2 = multiply(products, a, a, n);
  const a4 = multiply(products, a2, a2, n);
  const a6 = multiply(products, a4, a2, n);
  const sum = (c6: number, c4: number, c2: number, c0: number): Float64Array =>
    a6.map((v, i) => {
      const one = i % (n + 1) === 0 ? c0 : 0;
      return c6 * v + c4 * (a4[i] as number) + c2 * (a2[i] as number) + one;
    });
  const part = (odd: 0 | 1): Float64Array => {
    const c = (k: number): number => pade[k + odd] as number;
    const high = multiply(products, a6, sum(c(12), c(10), c(8), 0), n);
    return sum(c(6), c(4), c(2), c(0)).map((v, i) => v + (high[i] as number));
  };
  const v = part(0);
  const u = multiply(products, a, part(1), n);
  const below = v.map((x, i) => x - (u[i] as number));
  const above = v.map((x, i) => x + (u[i] as number));
  const { order } = luInPlace(below, n, n);
  const out = new Float64Array(n * n);
  order.forEach((from, to) => {
    out.set(above.subarray(from * n, (from + 1) * n), to * n);
  });
  solveTriangularInPlace(below, n, out, n, { lower: true, unitDiagonal: true });
  solveTriangularInPlace(below, n, out, n, { lower: false, unitDiagonal: false });
  return out;
}
