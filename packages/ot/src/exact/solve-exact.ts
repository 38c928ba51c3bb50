import { readVector } from "../internal/read";
import { type CostSource, transposeCosts } from "./cost-source";
import { conjugate } from "./network-simplex";
import { type EmdOptions, type EmdResult, solveUpright } from "./solve";
import { type SparsePlan, sparsePlan } from "./sparse-plan";

/** From this ratio of the sides on it matters which of them are rows. */
const RATIO = 4;

/** Long rows are faster to look through; but the first plan takes a time that grows with the square of their length. */
const LONG = 30_000;

/**
 * Solves a balanced problem whose input is checked, with rows and columns exchanged if that is faster.
 */
export function solveExact(
  operation: string,
  costs: CostSource,
  a: Float64Array,
  b: Float64Array,
  options: EmdOptions,
): EmdResult {
  const { rows, columns } = costs;
  const exchange = Math.max(rows, columns) > LONG ? columns > RATIO * rows : rows > RATIO * columns;
  if (!exchange) return solveUpright(operation, costs, a, b, options);
  const potentialsInit = exchanged(operation, costs, options.potentialsInit);
  const swapped = { ...options, potentialsInit };
  const solved = solveUpright(operation, transposeCosts(costs), b, a, swapped, ["column", "row"]);
  return { ...solved, plan: transposed(solved.plan), u: solved.v, v: solved.u };
}

/** Potentials to start from with rows and columns exchanged; u_i = min_j (C_ij − v_j) if it is missing. */
function exchanged(
  operation: string,
  costs: CostSource,
  init: EmdOptions["potentialsInit"],
): EmdOptions["potentialsInit"] {
  if (init === undefined) return undefined;
  const v = readVector(operation, "potentialsInit.v", init.v, costs.columns);
  if (init.u !== undefined)
    return { u: v, v: readVector(operation, "potentialsInit.u", init.u, costs.rows) };
  const rows = Int32Array.from({ length: costs.rows }, (_, i) => i);
  const u = conjugate(costs, v, rows);
  return { u: v, v: u.map((x) => (x === Infinity ? 0 : x)) };
}

function transposed({ shape: [m, n], rows, columns, values }: SparsePlan): SparsePlan {
  const order = Int32Array.from(rows.keys());
  order.sort(
    (k, l) =>
      (columns[k] as number) - (columns[l] as number) || (rows[k] as number) - (rows[l] as number),
  );
  return sparsePlan(
    [n, m],
    order.map((k) => columns[k] as number),
    order.map((k) => rows[k] as number),
    Float64Array.from(order, (k) => values[k] as number),
  );
}
