import type { Matrix } from "./read";

/** Indices of positive weights; undefined if all are positive. */
export function support(weights: Float64Array): Int32Array | undefined {
  if (!weights.includes(0)) return undefined;
  return Int32Array.from(weights.keys()).filter((i) => (weights[i] as number) > 0);
}

/** The elements at some indices. */
export const pick = (values: Float64Array, indices: Int32Array | undefined): Float64Array =>
  indices === undefined ? values : Float64Array.from(indices, (i) => values[i] as number);

/** The part of a matrix in some rows and columns. */
export function pickBlock(
  { data, rows, columns }: Matrix,
  rowIndices: Int32Array | undefined,
  columnIndices: Int32Array | undefined,
): Matrix {
  if (rowIndices === undefined && columnIndices === undefined) return { data, rows, columns };
  const r = rowIndices ?? Int32Array.from({ length: rows }, (_, i) => i);
  const c = columnIndices ?? Int32Array.from({ length: columns }, (_, j) => j);
  const out = new Float64Array(r.length * c.length);
  let at = 0;
  for (const i of r) for (const j of c) out[at++] = data[i * columns + j] as number;
  return { data: out, rows: r.length, columns: c.length };
}
