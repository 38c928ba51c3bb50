import { withProducts } from "./products";
import { applyReflectors, formQ, type Reflectors, reflector, reflectRows } from "./reflectors";

const blockSize = 32;

/** A = Q R, or A[:, order] = Q R. */
export interface QrFactors {
  /** m × columns, row-major. */
  readonly q: Float64Array;
  /** columns × n, upper triangular, diagonal ≥ 0. */
  readonly r: Float64Array;
}

/**
 * Householder's QR factorisation, panel by panel: what a panel does to the columns behind it is done by the
 * matrix kernels.
 *
 * @param a - m × n, row-major; overwritten
 * @param columns - how many columns of Q: min(m, n), or m; 0: Q is not wanted and R has min(m, n) rows
 */
export function qrInPlace(a: Float64Array, m: number, n: number, columns: number): QrFactors {
  const size = Math.min(m, n);
  const taus = new Float64Array(size);
  const work = new Float64Array(n);
  return withProducts((products) => {
    for (let from = 0; from < size; from += blockSize) {
      const to = Math.min(size, from + blockSize);
      for (let j = from; j < to; j++) {
        const start = j * n + j;
        taus[j] = reflector(a, start, n, m - j);
        reflectRows(a, n, j, m, j + 1, to, { start, stride: n }, taus[j] as number, work);
      }
      if (to === n) break;
      // The panel's reflectors, on the columns behind it only.
      const rest = new Float64Array((m - from) * (n - to));
      for (let i = from; i < m; i++) {
        rest.set(a.subarray(i * n + to, (i + 1) * n), (i - from) * (n - to));
      }
      const panel: Reflectors = {
        data: a.subarray(from * n + from),
        length: m - from,
        taus: taus.subarray(from, to),
        elementStride: n,
        reflectorStride: 1,
        shift: 0,
      };
      applyReflectors(products, panel, rest, n - to, true);
      for (let i = from; i < m; i++) {
        a.set(rest.subarray((i - from) * (n - to), (i - from + 1) * (n - to)), i * n + to);
      }
    }
    const all: Reflectors = {
      data: a,
      length: m,
      taus,
      elementStride: n,
      reflectorStride: 1,
      shift: 0,
    };
    const q = columns === 0 ? new Float64Array(0) : formQ(products, all, columns);
    return upright(q, takeR(a, m, n, columns || size), m, n, columns);
  });
}

/** R out of the matrix that also holds the reflectors. */
export function takeR(a: Float64Array, m: number, n: number, rows: number): Float64Array {
  const r = new Float64Array(rows * n);
  for (let i = 0; i < Math.min(rows, m, n); i++) {
    r.set(a.subarray(i * n + i, (i + 1) * n), i * n + i);
  }
  return r;
}

/** The factors with the signs that make the diagonal of R non-negative, and so unique for full rank. */
export function upright(
  q: Float64Array,
  r: Float64Array,
  m: number,
  n: number,
  columns: number,
): QrFactors {
  for (let i = 0; i < Math.min(m, n); i++) {
    if (!((r[i * n + i] as number) < 0)) continue;
    for (let j = i; j < n; j++) r[i * n + j] = -(r[i * n + j] as number);
    if (columns === 0) continue;
    for (let k = i; k < m * columns; k += columns) q[k] = -(q[k] as number);
  }
  return { q, r };
}
