import { type CostSource, transposeCosts } from "./cost-source";
import { type Basis, conjugate } from "./network-simplex";

/**
 * Potentials of all points from those of the points with weight.
 *
 * The others get the largest value that u_i + v_j ≤ C_ij allows, rows before columns; 0 if nothing limits it.
 */
export function wholeDuals(
  costs: CostSource,
  basis: Basis,
  rows: Int32Array | undefined,
  columns: Int32Array | undefined,
): { readonly u: Float64Array; readonly v: Float64Array } {
  const v = put(basis.v, columns, costs.columns);
  const u = put(basis.u, rows, costs.rows);
  if (rows !== undefined) fill(u, costs, v);
  if (columns !== undefined) fill(v, transposeCosts(costs), u);
  return { u, v };
}

/** Values at some indices of a vector, −∞ at the others. */
function put(values: Float64Array, indices: Int32Array | undefined, n: number): Float64Array {
  if (indices === undefined) return values;
  const out = new Float64Array(n).fill(-Infinity);
  indices.forEach((i, k) => {
    out[i] = values[k] as number;
  });
  return out;
}

/** Puts the c-transform of `v` where u = −∞. */
function fill(u: Float64Array, costs: CostSource, v: Float64Array): void {
  const empty = Int32Array.from(u.keys()).filter((i) => u[i] === -Infinity);
  const transform = conjugate(costs, v, empty);
  empty.forEach((i, k) => {
    const value = transform[k] as number;
    u[i] = value === Infinity ? 0 : value;
  });
}
