import { cost, costRow } from "./costs";
import { Problem } from "./problem";
import { rowMinimum } from "./row-minimum";

/**
 * First basis from the v of a similar problem: a spanning tree of least C_ij − u_i − v_j, with u_i = min_j (C_ij − v_j).
 *
 * At the optimum this is an optimal basis, as the arcs of one have 0 there. Mass that a subtree does not use up flows
 * through the arc above it; where it would have to flow against the arc, the subtree is cut off and hung at the root.
 *
 * @returns whether artificial arcs carry flow
 */
export function startTree(p: Problem): bool {
  const n = p.n;
  const m = p.m;
  const v = p.potential + ((<usize>n) << 3);
  for (let i = 0; i < n; i++) {
    const least = rowMinimum(costRow(p, i, 0, m), v, 0, m);
    store<f64>(p.potential + ((<usize>i) << 3), least < Infinity ? -least : 0);
  }
  span(p);
  return settle(p);
}

/**
 * Prim's algorithm: leaves the node before each node in `parent`, the root for the first of a part, and all nodes in the
 * order in which they were reached in `last`. `up` is 1 for nodes that are reached; `flow` holds the distances of others
 * from these, and +∞ for the former.
 */
function span(p: Problem): void {
  const nodes = p.n + p.m;
  for (let x = 0; x <= nodes; x++) {
    store<f64>(p.flow + ((<usize>x) << 3), Infinity);
    store<i32>(p.parent + ((<usize>x) << 2), nodes);
    store<i32>(p.up + ((<usize>x) << 2), 0);
  }
  let next = 0;
  for (let k = 0; k < nodes; k++) {
    let x = closest(p);
    // Forbidden pairs may leave nothing within reach.
    if (x < 0) {
      while (load<i32>(p.up + ((<usize>next) << 2))) next++;
      x = next;
    }
    store<i32>(p.last + ((<usize>k) << 2), x);
    store<f64>(p.flow + ((<usize>x) << 3), Infinity);
    store<i32>(p.up + ((<usize>x) << 2), 1);
    if (x < p.n) reachColumns(p, x);
    else reachRows(p, x);
  }
}

/** The node at the least distance, or −1 if all are infinite. */
function closest(p: Problem): i32 {
  const nodes = p.n + p.m;
  const end = p.flow + ((<usize>nodes) << 3);
  // The root after the last node is at distance +∞, so that pairs may take it in.
  let least = f64x2.splat(Infinity);
  for (let at = p.flow; at < end; at += 16) least = f64x2.pmin(least, v128.load(at));
  const distance = min<f64>(f64x2.extract_lane(least, 0), f64x2.extract_lane(least, 1));
  if (distance === Infinity) return -1;
  const wanted = f64x2.splat(distance);
  let x = 0;
  let equal = f64x2.eq(v128.load(p.flow), wanted);
  while (!v128.any_true(equal)) {
    x += 2;
    equal = f64x2.eq(v128.load(p.flow + ((<usize>x) << 3)), wanted);
  }
  return x + (i64x2.extract_lane(equal, 0) === 0 ? 1 : 0);
}

function reachColumns(p: Problem, i: i32): void {
  const n = p.n;
  const y = load<f64>(p.potential + ((<usize>i) << 3));
  let row = costRow(p, i, 0, p.m);
  let v = p.potential + ((<usize>n) << 3);
  let at = p.flow + ((<usize>n) << 3);
  for (let x = n, end = n + p.m; x < end; x++, row += 8, v += 8, at += 8) {
    reach(p, x, at, i, load<f64>(row) + y - load<f64>(v));
  }
}

function reachRows(p: Problem, x: i32): void {
  const v = load<f64>(p.potential + ((<usize>x) << 3));
  for (let i = 0; i < p.n; i++) {
    const offset = (<usize>i) << 3;
    const y = load<f64>(p.potential + offset);
    reach(p, i, p.flow + offset, x, cost(p, i, x - p.n) + y - v);
  }
}

// @ts-ignore: decorator
@inline
function reach(p: Problem, x: i32, at: usize, from: i32, distance: f64): void {
  if (load<i32>(p.up + ((<usize>x) << 2)) || !(max<f64>(distance, 0) < load<f64>(at))) return;
  store<f64>(at, max<f64>(distance, 0));
  store<i32>(p.parent + ((<usize>x) << 2), from);
}

/** Flows of the tree, from the leaves; cuts it where they have the wrong sign, or would leave it not strongly feasible. */
function settle(p: Problem): bool {
  const root = p.n + p.m;
  const excess = p.spare;
  memory.copy(excess, p.supply, (<usize>root) << 3);
  let missing = false;
  for (let k = root - 1; k >= 0; k--) {
    const x = load<i32>(p.last + ((<usize>k) << 2));
    const mass = load<f64>(excess + ((<usize>x) << 3));
    const parent = load<i32>(p.parent + ((<usize>x) << 2));
    const isRow = x < p.n;
    const fits = parent !== root && (isRow ? mass >= 0 : mass < 0);
    if (fits) {
      const above = excess + ((<usize>parent) << 3);
      store<f64>(above, load<f64>(above) + mass);
    } else {
      store<i32>(p.parent + ((<usize>x) << 2), root);
      if (mass !== 0) missing = true;
    }
    const up = fits ? isRow : mass >= 0;
    store<i32>(p.up + ((<usize>x) << 2), up ? 1 : 0);
    store<f64>(p.flow + ((<usize>x) << 3), abs(mass));
  }
  return missing;
}
