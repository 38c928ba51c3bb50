/** Compressed rows of a matrix that is mostly zeros. */
export interface Rows {
  readonly start: Int32Array;
  readonly column: Int32Array;
  readonly value: Float64Array;
}

/** The entries of a matrix [n, n] that are not 0. */
export function compress(L: Float64Array, n: number): Rows {
  const start = new Int32Array(n + 1);
  const column: number[] = [];
  const value: number[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const v = L[i * n + j] as number;
      if (v === 0) continue;
      column.push(j);
      value.push(v);
    }
    start[i + 1] = column.length;
  }
  return { start, column: Int32Array.from(column), value: Float64Array.from(value) };
}

/** The product with a matrix [n, n]. */
export function timesMatrix(
  { start, column, value }: Rows,
  x: Float64Array,
  n: number,
): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = out.subarray(i * n, (i + 1) * n);
    for (let at = start[i] as number; at < (start[i + 1] as number); at++) {
      const w = value[at] as number;
      const from = (column[at] as number) * n;
      for (let j = 0; j < n; j++) row[j] = (row[j] as number) + w * (x[from + j] as number);
    }
  }
  return out;
}
