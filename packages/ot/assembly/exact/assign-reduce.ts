import { Assignment, costsOf, match, rowOf } from "./assignment";
import { columnOf, rowMinimum } from "./row-minimum";

/**
 * v_j = min_i C_ij; a column's cheapest row gets it if it has none yet. For as many rows as columns.
 *
 * @returns the first column without a finite cost, or −1
 */
export function reduceColumns(p: Assignment): i32 {
  const m = p.m;
  // The cheapest rows stand in `before`.
  for (let j = 0; j <= m; j++) store<f64>(p.v + ((<usize>j) << 3), Infinity);
  for (let i = 0; i < p.n; i++) {
    const rows = i64x2.splat(i);
    let row = costsOf(p, i);
    let v = p.v;
    let best = p.before;
    for (const end = v + ((<usize>(m & ~1)) << 3); v < end; v += 16, row += 16, best += 16) {
      const c = v128.load(row);
      const least = v128.load(v);
      v128.store(v, f64x2.pmin(least, c));
      v128.store(best, v128.bitselect(rows, v128.load(best), f64x2.lt(c, least)));
    }
    if (m & 1 && load<f64>(row) < load<f64>(v)) {
      store<f64>(v, load<f64>(row));
      store<i64>(best, i);
    }
  }
  for (let j = m - 1; j >= 0; j--) {
    if (load<f64>(p.v + ((<usize>j) << 3)) === Infinity) return j;
    const i = <i32>load<i64>(p.before + ((<usize>j) << 3));
    if (load<i32>(p.rowToCol + ((<usize>i) << 2)) < 0) match(p, i, j);
  }
  return -1;
}

/** Lowers v_j of each matched pair by what its row's next best column leaves, so that others may take j at a cost. */
export function transferReduction(p: Assignment): void {
  for (let i = 0; i < p.n; i++) {
    const j = load<i32>(p.rowToCol + ((<usize>i) << 2));
    if (j < 0) continue;
    const v = p.v + ((<usize>j) << 3);
    const own = load<f64>(v);
    const next = secondMinimum(p, i, v);
    const slack = next - (load<f64>(costsOf(p, i) + ((<usize>j) << 3)) - own);
    if (slack > 0 && slack < Infinity) store<f64>(v, own - slack);
  }
}

/** min over all columns but the one whose v is at an address. */
function secondMinimum(p: Assignment, i: i32, v: usize): f64 {
  const own = load<f64>(v);
  store<f64>(v, -Infinity);
  const next = rowMinimum(costsOf(p, i), p.v, 0, p.m);
  store<f64>(v, own);
  return next;
}

/** Rows without a column; how many. */
export function listUnmatched(p: Assignment): i32 {
  let count = 0;
  for (let i = 0; i < p.n; i++) {
    if (load<i32>(p.rowToCol + ((<usize>i) << 2)) >= 0) continue;
    store<i32>(p.unmatched + ((<usize>count) << 2), i);
    count++;
  }
  return count;
}

/**
 * Every row without a column takes its best one, and lowers its v until the next best is as good; whoever had it looks
 * for another one at once.
 *
 * @returns a row without a finite cost, or −1
 */
export function reduceRows(p: Assignment): i32 {
  const count = listUnmatched(p);
  // Rows may outbid each other in small steps for long; paths end such contests sooner.
  let steps = 8 * p.n;
  for (let k = 0; k < count; k++) {
    let i = load<i32>(p.unmatched + ((<usize>k) << 2));
    while (i >= 0 && steps-- > 0) {
      const least = rowMinimum(costsOf(p, i), p.v, 0, p.m);
      if (least === Infinity) return i;
      let j = columnOf(least, costsOf(p, i), p.v, 0);
      const v = p.v + ((<usize>j) << 3);
      const own = load<f64>(v);
      const next = secondMinimum(p, i, v);
      const lowered = own - (next - least);
      const owner = rowOf(p, j);
      if (lowered < own && next < Infinity) store<f64>(v, lowered);
      else if (owner >= 0) {
        // Taking it would not end: nothing has changed for its owner. A column that is as good may be free.
        if (next > least) break;
        store<f64>(v, -Infinity);
        j = columnOf(least, costsOf(p, i), p.v, 0);
        store<f64>(v, own);
        if (rowOf(p, j) >= 0) break;
      }
      const loser = rowOf(p, j);
      match(p, i, j);
      if (loser >= 0) match(p, loser, -1);
      i = loser;
    }
  }
  return -1;
}
