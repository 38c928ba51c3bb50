import { pivotedQrInPlace } from "./pivoted-qr";
import { withProducts } from "./products";
import { shortestSolution } from "./pseudo-inverse";
import { solveTriangularInPlace } from "./triangular";

/**
 * How far above the tolerance the diagonal of a pivoted R has to end for the rank to be taken as full: it
 * follows the singular values to within modest factors.
 */
const clear = 1e3;

/**
 * The shortest X among those that minimise ‖A X − B‖.
 *
 * Pivoted QR where the rank is clearly full in columns; otherwise the singular value decomposition decides.
 *
 * @param a - m × n, row-major, finite
 * @param b - m × columns
 * @returns n × columns
 */
export function leastSquares(
  operation: string,
  a: Float64Array,
  m: number,
  n: number,
  b: Float64Array,
  columns: number,
  tolerance: number,
): Float64Array {
  if (m >= n && n > 0) {
    const { q, r, order } = pivotedQrInPlace(a.slice(), m, n, n);
    const least = r[n * n - 1] as number;
    if (least > clear * tolerance * (r[0] as number)) {
      const x = withProducts((products) =>
        products
          .multiply(
            { data: q, offset: 0, rows: m, columns: n, stride: n, transposed: true },
            { data: b, offset: 0, rows: m, columns, stride: columns },
          )
          .slice(),
      );
      solveTriangularInPlace(r, n, x, columns, { lower: false, unitDiagonal: false });
      const out = new Float64Array(n * columns);
      order.forEach((to, from) => {
        out.set(x.subarray(from * columns, (from + 1) * columns), to * columns);
      });
      return out;
    }
  }
  return shortestSolution(operation, a, m, n, b, columns, tolerance);
}
