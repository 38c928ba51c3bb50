import { costRow } from "./costs";
import { pivot } from "./pivot";
import { Problem } from "./problem";
import { columnOf, rowMinimum } from "./row-minimum";
import { derivePotentials, lower, start } from "./start";

/** Solves the transport problem that the arguments are. */
export function networkSimplex(args: usize, _chunk: i32, _scratch: usize): void {
  const p = changetype<Problem>(args);
  const largest = largestCost(p);
  p.tolerance = 1e-12 * largest;
  p.big = (largest > 0 ? 2 * largest : 1) * (p.n + p.m);
  let raised = start(p);
  let pivots = 0;
  let more = true;
  // Once nothing improves, potentials are computed anew, without the rounding errors of the steps, and everything is
  // looked at again.
  while (more && pivots < p.maxPivots) {
    const made = improve(p, p.maxPivots - pivots);
    pivots += made;
    more = made > 0 || raised;
    if (raised) lower(p);
    raised = false;
    derivePotentials(p);
  }
  store<i32>(p.out, pivots);
  store<i32>(p.out, more ? 0 : 1, 4);
}

/** max |C_ij| of pairs that are not forbidden. */
function largestCost(p: Problem): f64 {
  const infinite = f64x2.splat(Infinity);
  let most = f64x2.splat(0);
  let last: f64 = 0;
  for (let i = 0; i < p.n; i++) {
    let row = costRow(p, i, 0, p.m);
    for (const end = row + ((<usize>(p.m & ~1)) << 3); row < end; row += 16) {
      const size = f64x2.abs(v128.load(row));
      most = f64x2.pmax(most, v128.and(size, f64x2.ne(size, infinite)));
    }
    if (p.m & 1) {
      const size = abs(load<f64>(row));
      if (size < Infinity) last = max<f64>(last, size);
    }
  }
  return max<f64>(last, max<f64>(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1)));
}

/** Exchanges arcs until a whole turn finds none with a negative reduced cost; how many were exchanged. */
function improve(p: Problem, most: i32): i32 {
  const m = p.m;
  const columns = p.potential + ((<usize>p.n) << 3);
  let i = 0;
  let from = 0;
  let idle: i64 = 0;
  let pivots = 0;
  const all = (<i64>p.n) * m;
  while (idle < all && pivots < most) {
    let least = -p.tolerance;
    let row = -1;
    let column = 0;
    for (let left = p.block; left > 0 && idle < all; ) {
      const to = min<i32>(m, from + left);
      const y = load<f64>(p.potential + ((<usize>i) << 3));
      const costs = costRow(p, i, from, to);
      const found = rowMinimum(costs, columns, from, to);
      if (found + y < least) {
        least = found + y;
        row = i;
        column = columnOf(found, costs, columns, from);
      }
      left -= to - from;
      idle += to - from;
      from = to;
      if (to === m) {
        from = 0;
        i = i + 1 === p.n ? 0 : i + 1;
      }
    }
    if (row < 0) continue;
    pivot(p, row, column + p.n, least);
    pivots++;
    idle = 0;
  }
  return pivots;
}
