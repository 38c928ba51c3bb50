import { cost, costRow } from "./costs";
import { Problem } from "./problem";
import { rowMinimum } from "./row-minimum";

// These take a Problem without a tree. `supply` holds row numbers, `parent` column numbers (both i32), `n` is how many;
// results go to `out`, one f64 for each.

/** u_i = min_j (C_ij − v_j), with v in `potential`: columns with v = −∞ are left out. */
export function conjugateRows(args: usize, _chunk: i32, _scratch: usize): void {
  const p = changetype<Problem>(args);
  for (let k = 0; k < p.n; k++) {
    const row = costRow(p, load<i32>(p.supply + ((<usize>k) << 2)), 0, p.m);
    store<f64>(p.out + ((<usize>k) << 3), rowMinimum(row, p.potential, 0, p.m));
  }
}

/** The costs of pairs. */
export function pairCosts(args: usize, _chunk: i32, _scratch: usize): void {
  const p = changetype<Problem>(args);
  for (let k = 0; k < p.n; k++) {
    const i = load<i32>(p.supply + ((<usize>k) << 2));
    const j = load<i32>(p.parent + ((<usize>k) << 2));
    store<f64>(p.out + ((<usize>k) << 3), cost(p, i, j));
  }
}
