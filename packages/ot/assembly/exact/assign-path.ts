import { Assignment, costsOf, match, rowOf } from "./assignment";

/**
 * Finds a column for a row along a shortest alternating path (Dijkstra's algorithm in reduced costs), and updates v.
 *
 * @returns whether there is one
 */
export function augment(p: Assignment, row: i32): bool {
  const m = p.m;
  memory.copy(p.open, p.v, (<usize>m) << 3);
  for (let j = 0; j <= m; j++) store<f64>(p.distance + ((<usize>j) << 3), Infinity);
  let count = 0;
  let i = row;
  let shift: f64 = 0;
  let least: f64 = 0;
  let j = -1;
  while (true) {
    least = relax(p, i, shift);
    if (least === Infinity) return false;
    j = nearest(p, least);
    i = rowOf(p, j);
    if (i < 0) break;
    store<i32>(p.visited + ((<usize>count) << 2), j);
    store<f64>(p.reached + ((<usize>count) << 3), least);
    count++;
    store<f64>(p.distance + ((<usize>j) << 3), Infinity);
    store<f64>(p.open + ((<usize>j) << 3), -Infinity);
    // Reduced costs of row i, counted from its own column.
    const offset = (<usize>j) << 3;
    shift = load<f64>(costsOf(p, i) + offset) - load<f64>(p.v + offset) - least;
  }
  for (let k = 0; k < count; k++) {
    const v = p.v + ((<usize>load<i32>(p.visited + ((<usize>k) << 2))) << 3);
    store<f64>(v, load<f64>(v) + (load<f64>(p.reached + ((<usize>k) << 3)) - least));
  }
  flip(p, row, j);
  return true;
}

/** Shortens distances by way of row i; the least distance of a column that is not visited. */
function relax(p: Assignment, i: i32, shift: f64): f64 {
  const m = p.m;
  let c = costsOf(p, i);
  let v = p.open;
  let d = p.distance;
  let before = p.before;
  const shifts = f64x2.splat(shift);
  const rows = i64x2.splat(i);
  let m0 = f64x2.splat(Infinity);
  let m1 = m0;
  const pairs = c + ((<usize>(m & ~3)) << 3);
  for (; c < pairs; c += 32, v += 32, d += 32, before += 32) {
    const x0 = f64x2.sub(f64x2.sub(v128.load(c), v128.load(v)), shifts);
    const x1 = f64x2.sub(f64x2.sub(v128.load(c, 16), v128.load(v, 16)), shifts);
    const d0 = v128.load(d);
    const d1 = v128.load(d, 16);
    const less = v128.or(f64x2.lt(x0, d0), f64x2.lt(x1, d1));
    m0 = f64x2.pmin(m0, f64x2.pmin(d0, x0));
    m1 = f64x2.pmin(m1, f64x2.pmin(d1, x1));
    if (!v128.any_true(less)) continue;
    v128.store(d, f64x2.pmin(d0, x0));
    v128.store(d, f64x2.pmin(d1, x1), 16);
    v128.store(before, v128.bitselect(rows, v128.load(before), f64x2.lt(x0, d0)));
    v128.store(before, v128.bitselect(rows, v128.load(before, 16), f64x2.lt(x1, d1)), 16);
  }
  m0 = f64x2.pmin(m0, m1);
  let least = min<f64>(f64x2.extract_lane(m0, 0), f64x2.extract_lane(m0, 1));
  for (let k = m & 3; k > 0; k--, c += 8, v += 8, d += 8, before += 8) {
    const x = load<f64>(c) - load<f64>(v) - shift;
    if (x < load<f64>(d)) {
      store<f64>(d, x);
      store<i64>(before, i);
    }
    least = min<f64>(least, load<f64>(d));
  }
  return least;
}

/** A column at the least distance, one without a row if possible. */
function nearest(p: Assignment, least: f64): i32 {
  const wanted = f64x2.splat(least);
  let found = -1;
  let d = p.distance;
  for (let j = 0; j < p.m; j += 2, d += 16) {
    if (!v128.any_true(f64x2.eq(v128.load(d), wanted))) continue;
    for (let k = j; k < min(j + 2, p.m); k++) {
      if (load<f64>(p.distance + ((<usize>k) << 3)) !== least) continue;
      if (rowOf(p, k) < 0) return k;
      if (found < 0) found = k;
    }
  }
  return found;
}

/** Gives every column of the path that ends at j to the row before it. */
function flip(p: Assignment, row: i32, j: i32): void {
  let i = -1;
  while (i !== row) {
    i = <i32>load<i64>(p.before + ((<usize>j) << 3));
    const next = load<i32>(p.rowToCol + ((<usize>i) << 2));
    match(p, i, j);
    j = next;
  }
}
