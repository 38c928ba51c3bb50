import { withProducts } from "./products";
import { type QrFactors, takeR, upright } from "./qr";
import { formQ, reflector } from "./reflectors";

/**
 * QR with column pivoting: A[:, order] = Q R, where each diagonal element of R is the largest norm that was left.
 *
 * The rank-one change that ends a step is made in the same pass as the products that begin the next one; only
 * the next pivot's column is brought up to date beforehand.
 *
 * @param a - m × n, row-major; overwritten
 * @param columns - how many columns of Q; 0: Q is not wanted
 * @see Businger & Golub 1965; norms are brought up to date as in Drmač & Bujanović 2008
 */
export function pivotedQrInPlace(
  a: Float64Array,
  m: number,
  n: number,
  columns: number,
): QrFactors & { readonly order: Int32Array } {
  const size = Math.min(m, n);
  const taus = new Float64Array(size);
  /** τ vᵀA of the last reflector v, which is still to be taken off the rows below it. */
  let weights = new Float64Array(n);
  let next = new Float64Array(n);
  const order = Int32Array.from({ length: n }, (_, j) => j);
  const norms = columnNorms(a, m, n, 0);
  /** Norms when they were last computed afresh. */
  const fresh = norms.slice();
  for (let k = 0; k < size; k++) {
    let best = k;
    for (let j = k + 1; j < n; j++) if ((norms[j] as number) > (norms[best] as number)) best = j;
    if (best !== k) swapColumns(a, m, n, k, best, order, norms, fresh, weights);
    if (k > 0) reflectColumn(a, m, n, k, weights[k] as number);
    const tau = reflector(a, k * n + k, n, m - k);
    taus[k] = tau;
    reflectAndWeigh(a, m, n, k, weights, next);
    for (let j = k + 1; j < n; j++) {
      next[j] = tau * (next[j] as number);
      a[k * n + j] = (a[k * n + j] as number) - (next[j] as number);
    }
    [weights, next] = [next, weights];
    let stale = false;
    for (let j = k + 1; j < n; j++) {
      const norm = norms[j] as number;
      if (norm === 0) continue;
      const left = Math.max(0, 1 - ((a[k * n + j] as number) / norm) ** 2);
      // Where little is left of the norm that was computed last, subtraction has cost its digits.
      if (left * (norm / (fresh[j] as number)) ** 2 <= 1e-8) stale = true;
      norms[j] = norm * Math.sqrt(left);
    }
    if (!stale) continue;
    reflectRest(a, m, n, k, weights);
    const now = columnNorms(a, m, n, k + 1);
    norms.set(now);
    fresh.set(now);
  }
  const q = withProducts((products) =>
    columns === 0
      ? new Float64Array(0)
      : formQ(
          products,
          { data: a, length: m, taus, elementStride: n, reflectorStride: 1, shift: 0 },
          columns,
        ),
  );
  return { ...upright(q, takeR(a, m, n, columns || size), m, n, columns), order };
}

/** Takes the last reflector's share off one column, below its row. */
function reflectColumn(
  a: Float64Array,
  m: number,
  n: number,
  column: number,
  weight: number,
): void {
  for (let i = column; i < m; i++) {
    const at = i * n + column;
    a[at] = (a[at] as number) - (a[at - 1] as number) * weight;
  }
}

/** Takes reflector k off all columns behind it, below its row, and forgets its weights. */
function reflectRest(
  a: Float64Array,
  m: number,
  n: number,
  k: number,
  weights: Float64Array,
): void {
  for (let i = k + 1; i < m; i++) {
    const v = a[i * n + k] as number;
    for (let j = k + 1; j < n; j++) {
      a[i * n + j] = (a[i * n + j] as number) - v * (weights[j] as number);
    }
  }
  weights.fill(0);
}

/** Takes reflector k − 1 off the columns behind k, and multiplies them by reflector k: next = vᵀA. */
function reflectAndWeigh(
  a: Float64Array,
  m: number,
  n: number,
  k: number,
  weights: Float64Array,
  next: Float64Array,
): void {
  next.fill(0);
  // Two rows at a time, so that weights are read and sums written once for both.
  for (let i = k; i < m; i += 2) {
    const [r0, r1] = [i * n, (i + 1) * n];
    const both = i + 1 < m;
    const old0 = k === 0 ? 0 : (a[r0 + k - 1] as number);
    const old1 = k === 0 || !both ? 0 : (a[r1 + k - 1] as number);
    const v0 = i === k ? 1 : (a[r0 + k] as number);
    const v1 = both ? (a[r1 + k] as number) : 0;
    if (!both) {
      for (let j = k + 1; j < n; j++) {
        const x = (a[r0 + j] as number) - old0 * (weights[j] as number);
        a[r0 + j] = x;
        next[j] = (next[j] as number) + v0 * x;
      }
      break;
    }
    for (let j = k + 1; j < n; j++) {
      const w = weights[j] as number;
      const x = (a[r0 + j] as number) - old0 * w;
      const y = (a[r1 + j] as number) - old1 * w;
      a[r0 + j] = x;
      a[r1 + j] = y;
      next[j] = (next[j] as number) + v0 * x + v1 * y;
    }
  }
}

/** Norms of the columns below row `from`, without overflow. */
function columnNorms(a: Float64Array, m: number, n: number, from: number): Float64Array {
  const largest = new Float64Array(n);
  for (let i = from; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const x = Math.abs(a[i * n + j] as number);
      if (x > (largest[j] as number)) largest[j] = x;
    }
  }
  const sums = new Float64Array(n);
  for (let i = from; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const scale = largest[j] as number;
      if (scale > 0) sums[j] = (sums[j] as number) + ((a[i * n + j] as number) / scale) ** 2;
    }
  }
  return sums.map((s, j) => (largest[j] as number) * Math.sqrt(s));
}

function swapColumns(
  a: Float64Array,
  m: number,
  n: number,
  i: number,
  j: number,
  ...rows: readonly (Int32Array | Float64Array)[]
): void {
  const swap = (x: Int32Array | Float64Array, p: number, q: number): void => {
    const held = x[p] as number;
    x[p] = x[q] as number;
    x[q] = held;
  };
  for (let row = 0; row < m; row++) swap(a, row * n + i, row * n + j);
  for (const x of rows) swap(x, i, j);
}
