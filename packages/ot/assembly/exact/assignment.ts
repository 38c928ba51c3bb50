/** A linear assignment problem of n ≤ m rows and columns: addresses of arrays. */
@unmanaged
export class Assignment {
  n: i32;
  m: i32;
  /** f64 [n, m]; +∞ forbids a pair. */
  costs: usize;
  /** f64 [m + 1], out. */
  v: usize;
  /** i32 [n], out: the row's column, or −1. */
  rowToCol: usize;
  /** i32 [m]: the column's row, or −1. */
  colToRow: usize;
  /** f64 [m + 1]: distances of columns that are not visited, else +∞. */
  distance: usize;
  /** f64 [m + 1]: v of columns that are not visited, else −∞. */
  open: usize;
  /** i64 [m + 1]: the row before the column on its path. */
  before: usize;
  /** i32 [m]: visited columns. */
  visited: usize;
  /** f64 [m]: their distances. */
  reached: usize;
  /** i32 [n]: rows without a column. */
  unmatched: usize;
  /** i32 [2], out: a row or a column that cannot be matched, or −1. */
  out: usize;
}

/** Gives column j to row i; −1 for none. */
export function match(p: Assignment, i: i32, j: i32): void {
  store<i32>(p.rowToCol + ((<usize>i) << 2), j);
  if (j >= 0) store<i32>(p.colToRow + ((<usize>j) << 2), i);
}

// @ts-ignore: decorator
@inline
export function rowOf(p: Assignment, j: i32): i32 {
  return load<i32>(p.colToRow + ((<usize>j) << 2));
}

// @ts-ignore: decorator
@inline
export function costsOf(p: Assignment, i: i32): usize {
  return p.costs + (((<usize>i) * p.m) << 3);
}
