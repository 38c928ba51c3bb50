import { ConvergenceError } from "../../errors";
import { withProducts } from "./products";
import { type SingularValues, svd } from "./svd";

function decompose(operation: string, a: Float64Array, m: number, n: number): SingularValues {
  const factors = svd(a, m, n, "thin");
  if (factors !== undefined) return factors;
  throw new ConvergenceError(`${operation}: 75 steps did not isolate a singular value`, {
    operation,
  });
}

/** 1/s, or 0 for values that count as zero. */
function inverted(s: Float64Array, tolerance: number): Float64Array {
  const least = tolerance * (s[0] ?? 0);
  return s.map((x) => (x > least ? 1 / x : 0));
}

/** V S⁺ Uᵀ, n × m. */
export function pseudoInverse(
  operation: string,
  a: Float64Array,
  m: number,
  n: number,
  tolerance: number,
): Float64Array {
  const k = Math.min(m, n);
  const { u, s, vt } = decompose(operation, a, m, n);
  const inverse = inverted(s, tolerance);
  const scaled = u.map((x, i) => x * (inverse[i % k] as number));
  return withProducts((products) =>
    products
      .multiply(
        { data: vt, offset: 0, rows: k, columns: n, stride: n, transposed: true },
        { data: scaled, offset: 0, rows: m, columns: k, stride: k, transposed: true },
      )
      .slice(),
  );
}

/** V S⁺ Uᵀ B, n × columns: the shortest of the least-squares solutions. */
export function shortestSolution(
  operation: string,
  a: Float64Array,
  m: number,
  n: number,
  b: Float64Array,
  columns: number,
  tolerance: number,
): Float64Array {
  const k = Math.min(m, n);
  const { u, s, vt } = decompose(operation, a, m, n);
  const inverse = inverted(s, tolerance);
  return withProducts((products) => {
    const inner = products
      .multiply(
        { data: u, offset: 0, rows: m, columns: k, stride: k, transposed: true },
        { data: b, offset: 0, rows: m, columns, stride: columns },
      )
      .map((x, i) => x * (inverse[Math.floor(i / columns)] as number));
    return products
      .multiply(
        { data: vt, offset: 0, rows: k, columns: n, stride: n, transposed: true },
        { data: inner, offset: 0, rows: k, columns, stride: columns },
      )
      .slice();
  });
}
