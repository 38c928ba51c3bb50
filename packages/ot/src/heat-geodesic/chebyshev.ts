import { scaledBessel } from "./bessel";
import { compress, type Rows } from "./rows";

/** A bound of the largest eigenvalue: a little above that of the power method, at most twice the largest degree. */
function largestEigenvalue({ start, column, value }: Rows, n: number): number {
  let bound = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let at = start[i] as number; at < (start[i + 1] as number); at++)
      sum += Math.abs(value[at] as number);
    bound = Math.max(bound, sum);
  }
  // No symmetry of a graph hides the vector that belongs to the eigenvalue.
  let v = Float64Array.from({ length: n }, (_, i) => Math.sin(1 + i * i));
  let estimate = 0;
  for (let step = 0; step < 100; step++) {
    const length = Math.sqrt(v.reduce((s, x) => s + x * x, 0));
    v = v.map((x) => x / length);
    const next = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let at = start[i] as number; at < (start[i + 1] as number); at++)
        sum += (value[at] as number) * (v[column[at] as number] as number);
      next[i] = sum;
    }
    estimate = next.reduce((s, x, i) => s + x * (v[i] as number), 0);
    v = next;
    if (estimate === 0) break;
  }
  return Math.min(bound, 1.05 * estimate + 1e-12 * bound);
}

/** y ← 2 (L/φ − I) x − y, or (L/φ − I) x for the first step, row by row. */
function step(
  { start, column, value }: Rows,
  n: number,
  phi: number,
  x: Float64Array,
  y: Float64Array,
  factor: number,
): void {
  for (let i = 0; i < n; i++) {
    const row = y.subarray(i * n, (i + 1) * n);
    for (let j = 0; j < n; j++) row[j] = -(row[j] as number) - factor * (x[i * n + j] as number);
    for (let at = start[i] as number; at < (start[i + 1] as number); at++) {
      const w = (factor * (value[at] as number)) / phi;
      const from = (column[at] as number) * n;
      for (let j = 0; j < n; j++) row[j] = (row[j] as number) + w * (x[from + j] as number);
    }
  }
}

/** Coefficients beyond this are left out. */
const negligible = 1e-13;

/**
 * exp(−tL) by a Chebyshev series on [0, λ_max].
 *
 * @param L - symmetric, positive semi-definite, mostly zeros, [n, n]
 * @param order - default so high that what is left out is below 10⁻¹³, at least 30
 */
export function chebyshevKernel(
  L: Float64Array,
  n: number,
  t: number,
  order?: number,
): Float64Array {
  const rows = compress(L, n);
  const phi = largestEigenvalue(rows, n) / 2;
  const out = new Float64Array(n * n);
  let before = new Float64Array(n * n);
  for (let i = 0; i < n; i++) before[i * n + i] = 1;
  if (phi === 0) return before;
  const z = t * phi;
  const count = order === undefined ? 40 + Math.ceil(z + 8 * Math.sqrt(z)) : order + 1;
  const bessel = scaledBessel(z, count);
  let last = count - 1;
  while (order === undefined && last > 30 && (bessel[last] as number) < negligible) last--;
  let here = new Float64Array(n * n);
  step(rows, n, phi, before, here, 1);
  const add = (k: number, term: Float64Array): void => {
    const c = (k === 0 ? 1 : k % 2 === 0 ? 2 : -2) * (bessel[k] as number);
    for (let at = 0; at < out.length; at++)
      out[at] = (out[at] as number) + c * (term[at] as number);
  };
  add(0, before);
  for (let k = 1; k <= last; k++) {
    add(k, here);
    step(rows, n, phi, here, before, 2);
    [before, here] = [here, before];
  }
  return out;
}
