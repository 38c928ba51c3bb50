import { ArgumentBlock } from "@x/tensor/kernels";
import { withWorkspace } from "../internal/workspace";
import { type CostSource, placeCosts, placeLoose } from "./cost-source";
import { exactKernels } from "./module";
import { wholeMasses } from "./whole-masses";

/** What the network simplex method found: its last tree, in arrays with one element for each row, then each column. */
export interface Basis {
  readonly n: number;
  readonly m: number;
  /** The node above; n + m is the artificial root. */
  readonly parent: Int32Array;
  /** Nodes in an order in which none comes before the one above it. */
  readonly order: Int32Array;
  /** 1 if the arc to the node above leaves the node, 0 if it arrives there. */
  readonly up: Int32Array;
  /** Flow on that arc, a whole number of units. */
  readonly flow: Float64Array;
  /** Mass of a unit. */
  readonly unit: number;
  readonly u: Float64Array;
  readonly v: Float64Array;
  readonly pivots: number;
  readonly optimal: boolean;
}

/** Nodes in the order of a linked list that starts after the root. */
function follow(thread: Int32Array, root: number): Int32Array {
  const order = new Int32Array(root);
  let node = root;
  for (let k = 0; k < root; k++) {
    node = thread[node] as number;
    order[k] = node;
  }
  return order;
}

/**
 * Minimises ⟨P, C⟩ over P ≥ 0 with row sums a and column sums b, all of them positive.
 *
 * @param v - dual potentials of the columns to start from
 */
export function networkSimplex(
  costs: CostSource,
  a: Float64Array,
  b: Float64Array,
  maxPivots: number,
  v?: Float64Array,
): Basis {
  const [n, m] = [costs.rows, costs.columns];
  const nodes = n + m + 1;
  return withWorkspace(exactKernels, (w) => {
    const placed = placeCosts(w, costs);
    const { unit, whole } = wholeMasses(a, b);
    const supply = w.place(whole);
    const [parent, thread, back, last, size, up] = Array.from({ length: 6 }, () => w.i32(nodes));
    const [flow, potential, spare] = [w.f64(nodes), w.f64(nodes), w.f64(nodes)];
    const out = w.i32(2);
    if (v !== undefined) w.kernels.f64.set(v, potential / 8 + n);
    const tree = [parent, thread, back, last, size, up] as number[];
    // The mean of n and m, not √(nm): where one is much larger, steps cost more and better ones pay.
    const block = Math.max(10, Math.ceil((n + m) / 2));
    const args = new ArgumentBlock()
      .i32(n, m, block, Math.min(maxPivots, 2 ** 31 - 1), ...placed, supply, ...tree)
      .i32(flow, potential, spare, v === undefined ? 0 : 1, out)
      .f64(0)
      .f64(0);
    w.kernels.call("networkSimplex", args.words);
    const potentials = w.readF64(potential, n + m);
    const [pivots, optimal] = w.readI32(out, 2) as unknown as [number, number];
    return {
      n,
      m,
      parent: w.readI32(parent as number, n + m),
      order: follow(w.readI32(thread as number, nodes), n + m),
      up: w.readI32(up as number, n + m),
      flow: w.readF64(flow, n + m),
      unit,
      u: potentials.subarray(0, n).map((y) => -y),
      v: potentials.slice(n),
      pivots,
      optimal: optimal === 1,
    };
  });
}

/** u_i = min_j (C_ij − v_j) for some rows; columns with v = −∞ are left out. */
export function conjugate(costs: CostSource, v: Float64Array, rows: Int32Array): Float64Array {
  return withWorkspace(exactKernels, (w) => {
    const placed = placeCosts(w, costs);
    const [indices, potential, out] = [w.place(rows), placeLoose(w, v), w.f64(rows.length)];
    w.kernels.call(
      "conjugateRows",
      bare(rows.length, costs.columns, placed, indices, 0, potential, out),
    );
    return w.readF64(out, rows.length);
  });
}

/** The costs of pairs of a row and a column. */
export function pairCosts(costs: CostSource, rows: Int32Array, columns: Int32Array): Float64Array {
  const { matrix } = costs;
  if (matrix !== undefined) {
    return Float64Array.from(
      rows,
      (i, k) => matrix[i * costs.columns + (columns[k] as number)] as number,
    );
  }
  return withWorkspace(exactKernels, (w) => {
    const placed = placeCosts(w, costs);
    const [i, j, out] = [w.place(rows), w.place(columns), w.f64(rows.length)];
    w.kernels.call("pairCosts", bare(rows.length, costs.columns, placed, i, j, 0, out));
    return w.readF64(out, rows.length);
  });
}

/** Arguments of a kernel that needs no tree. */
function bare(
  count: number,
  m: number,
  placed: readonly number[],
  supply: number,
  parent: number,
  potential: number,
  out: number,
): readonly number[] {
  return new ArgumentBlock()
    .i32(count, m, 0, 0, ...placed, supply, parent, 0, 0, 0, 0, 0, 0, potential, 0, 0, out)
    .f64(0)
    .f64(0).words;
}
