import { withProducts } from "./products";

const blockSize = 48;

/**
 * Gaussian elimination with row pivoting: replaces A by L below the diagonal (its ones are not stored) and U on
 * and above it, where A[order] = L U.
 *
 * @param a - m × n, row-major
 * @returns the order of the rows and the sign of that permutation
 */
export function luInPlace(
  a: Float64Array,
  m: number,
  n: number,
): { readonly order: Int32Array; readonly sign: 1 | -1 } {
  const order = Int32Array.from({ length: m }, (_, i) => i);
  let sign: 1 | -1 = 1;
  const swap = (i: number, j: number): void => {
    if (i === j) return;
    sign = sign === 1 ? -1 : 1;
    const held = order[i] as number;
    order[i] = order[j] as number;
    order[j] = held;
    const row = a.slice(i * n, (i + 1) * n);
    a.copyWithin(i * n, j * n, (j + 1) * n);
    a.set(row, j * n);
  };
  const size = Math.min(m, n);
  withProducts((products) => {
    for (let from = 0; from < size; from += blockSize) {
      const to = Math.min(size, from + blockSize);
      for (let j = from; j < to; j++) {
        swap(j, pivotRow(a, m, n, j));
        eliminate(a, n, j, j + 1, m, j + 1, to);
      }
      if (to === n) continue;
      // U to the right of the block, then the rest of the matrix.
      for (let j = from; j < to; j++) {
        for (let i = j + 1; i < to; i++) subtractRow(a, n, i, j, a[i * n + j] as number, to, n);
      }
      if (to === m) continue;
      const block = (i: number, j: number, rows: number, columns: number) => ({
        data: a,
        offset: i * n + j,
        rows,
        columns,
        stride: n,
      });
      products.subtract(
        block(to, to, m - to, n - to),
        block(to, from, m - to, to - from),
        block(from, to, to - from, n - to),
      );
    }
  });
  return { order, sign };
}

/** The row from j on with the largest element in column j. */
function pivotRow(a: Float64Array, m: number, n: number, j: number): number {
  let best = j;
  let size = Math.abs(a[j * n + j] as number);
  for (let i = j + 1; i < m; i++) {
    const x = Math.abs(a[i * n + j] as number);
    if (x > size) {
      best = i;
      size = x;
    }
  }
  return best;
}

/** Eliminates column j below its pivot, as far as columns `first` … `last`. */
function eliminate(
  a: Float64Array,
  n: number,
  j: number,
  from: number,
  to: number,
  first: number,
  last: number,
): void {
  const pivot = a[j * n + j] as number;
  if (pivot === 0) return;
  for (let i = from; i < to; i++) {
    const factor = (a[i * n + j] as number) / pivot;
    a[i * n + j] = factor;
    subtractRow(a, n, i, j, factor, first, last);
  }
}

/** Row i −= factor · row j in columns `first` … `last`. */
function subtractRow(
  a: Float64Array,
  n: number,
  i: number,
  j: number,
  factor: number,
  first: number,
  last: number,
): void {
  if (factor === 0) return;
  for (let p = i * n + first, q = j * n + first; p < i * n + last; p++, q++) {
    a[p] = (a[p] as number) - factor * (a[q] as number);
  }
}
