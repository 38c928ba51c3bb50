import { augment } from "./assign-path";
import { listUnmatched, reduceColumns, reduceRows, transferReduction } from "./assign-reduce";
import { Assignment } from "./assignment";

/**
 * Solves the assignment problem that the arguments are, by the method of Jonker and Volgenant.
 *
 * A column without a row keeps v_j = 0 where there are more columns than rows, which makes Σ u + Σ v the cost; column
 * reduction would not.
 */
export function assign(args: usize, _chunk: i32, _scratch: usize): void {
  const p = changetype<Assignment>(args);
  memory.fill(p.rowToCol, 0xff, (<usize>p.n) << 2);
  memory.fill(p.colToRow, 0xff, (<usize>p.m) << 2);
  memory.fill(p.v, 0, (<usize>(p.m + 1)) << 3);
  store<i64>(p.out, -1);
  if (p.n === p.m) {
    const column = reduceColumns(p);
    if (column >= 0) {
      store<i32>(p.out, column, 4);
      return;
    }
    transferReduction(p);
  }
  for (let round = 0; round < 2; round++) {
    const row = reduceRows(p);
    if (row >= 0) {
      store<i32>(p.out, row);
      return;
    }
  }
  const count = listUnmatched(p);
  for (let k = 0; k < count; k++) {
    const row = load<i32>(p.unmatched + ((<usize>k) << 2));
    if (augment(p, row)) continue;
    store<i32>(p.out, row);
    return;
  }
}
