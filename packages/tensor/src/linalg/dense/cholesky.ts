import { type Block, type Products, withProducts } from "./products";

const blockSize = 64;

/**
 * Replaces the lower triangle of a symmetric matrix by its Cholesky factor, and the upper one by zeros; reads
 * only the lower one.
 *
 * Column block by column block: first the product of what is finished to the left of it is taken off, by the
 * matrix kernels; then the block is factored row by row.
 *
 * @param a - n × n, row-major
 * @returns the first pivot that is not positive, with its value, if there is one: the factor is not finished then
 */
export function choleskyInPlace(
  a: Float64Array,
  n: number,
): { readonly row: number; readonly value: number } | undefined {
  const failed = withProducts((products) => {
    for (let from = 0; from < n; from += blockSize) {
      const to = Math.min(n, from + blockSize);
      if (from > 0) updateBlock(products, a, n, from, to);
      const row = factorBlock(a, n, from, to);
      if (row !== undefined) return { row, value: a[row * n + row] as number };
    }
    return undefined;
  });
  for (let i = 0; i < n; i++) a.fill(0, i * n + i + 1, (i + 1) * n);
  return failed;
}

function updateBlock(
  products: Products,
  a: Float64Array,
  n: number,
  from: number,
  to: number,
): void {
  const left = (first: number, last: number): Block => ({
    data: a,
    offset: first * n,
    rows: last - first,
    columns: from,
    stride: n,
  });
  const target = {
    data: a,
    offset: from * n + from,
    rows: n - from,
    columns: to - from,
    stride: n,
  };
  products.subtract(target, left(from, n), { ...left(from, to), transposed: true });
}

function factorBlock(a: Float64Array, n: number, from: number, to: number): number | undefined {
  for (let i = from; i < n; i++) {
    const row = i * n;
    for (let j = from; j < Math.min(i, to); j++) {
      const other = j * n;
      let s = a[row + j] as number;
      for (let k = from; k < j; k++) s -= (a[row + k] as number) * (a[other + k] as number);
      a[row + j] = s / (a[other + j] as number);
    }
    if (i >= to) continue;
    let s = a[row + i] as number;
    for (let k = from; k < i; k++) s -= (a[row + k] as number) ** 2;
    if (!(s > 0 && s < Infinity)) {
      a[row + i] = s;
      return i;
    }
    a[row + i] = Math.sqrt(s);
  }
  return undefined;
}
