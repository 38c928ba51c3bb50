import { cost, costRow } from "./costs";
import { Problem } from "./problem";
import { columnOf, rowMinimum } from "./row-minimum";
import { startTree } from "./start-tree";

/**
 * First basis: every row in turn sends its supply to the columns that are cheapest for it and have demand left.
 *
 * Cheapest in C_ij − v_j, with v_j = min_i C_ij, or the caller's v. The arcs with flow are a forest, whose trees hang by
 * artificial arcs at the root. These carry flow only where forbidden pairs leave no other way; if none does, none ever
 * will, and their costs are chosen so that the potentials at the start are those that the columns were chosen with.
 *
 * @returns whether artificial arcs carry flow, and were made expensive for that
 */
export function start(p: Problem): bool {
  const v = p.potential + ((<usize>p.n) << 3);
  if (p.warm) confine(p, v);
  else columnMinima(p, v);
  const missing = p.warm ? startTree(p) : fill(p, v);
  if (missing) raise(p);
  order(p);
  derivePotentials(p);
  return missing;
}

/** Sends the supply of every row; whether some is left. */
function fill(p: Problem, y: usize): bool {
  const n = p.n;
  const m = p.m;
  // v of columns that have demand left; other columns cost too much.
  const open = p.spare;
  for (let j = 0; j < m; j++) {
    const offset = (<usize>j) << 3;
    const v = load<f64>(y + offset);
    store<f64>(open + offset, load<f64>(p.supply + ((<usize>(n + j)) << 3)) < 0 ? v : -Infinity);
    setArc(p, n + j, n + m, 1, 0);
  }
  let missing = false;
  for (let i = 0; i < n; i++) missing = fillRow(p, i, open) || missing;
  for (let j = 0; j < m; j++) {
    if (load<f64>(open + ((<usize>j) << 3)) === -Infinity) continue;
    const rest = -load<f64>(p.supply + ((<usize>(n + j)) << 3));
    if (rest === 0) continue;
    setArc(p, n + j, n + m, 0, rest);
    missing = true;
  }
  return missing;
}

/** Moves v about 0 and bounds it, so that a caller's values cannot cost the result its precision. */
function confine(p: Problem, v: usize): void {
  let least: f64 = Infinity;
  let most: f64 = -Infinity;
  const end = v + ((<usize>p.m) << 3);
  for (let at = v; at < end; at += 8) {
    least = min<f64>(least, load<f64>(at));
    most = max<f64>(most, load<f64>(at));
  }
  const middle = 0.5 * least + 0.5 * most;
  // Two components of an optimal v differ by 2 max |C| at most, where no pairs are forbidden.
  const bound = 2e12 * p.tolerance;
  for (let at = v; at < end; at += 8) {
    store<f64>(at, max<f64>(-bound, min<f64>(bound, load<f64>(at) - middle)));
  }
}

/** v_j = min_i C_ij; a column without any finite cost keeps 0. */
function columnMinima(p: Problem, v: usize): void {
  const m = p.m;
  for (let j = 0; j < m; j++) store<f64>(v + ((<usize>j) << 3), Infinity);
  for (let i = 0; i < p.n; i++) {
    let row = costRow(p, i, 0, m);
    let at = v;
    const pairs = v + ((<usize>(m & ~1)) << 3);
    for (; at < pairs; at += 16, row += 16) {
      v128.store(at, f64x2.pmin(v128.load(at), v128.load(row)));
    }
    if (m & 1) store<f64>(at, min<f64>(load<f64>(at), load<f64>(row)));
  }
  for (let j = 0; j < m; j++) {
    const at = v + ((<usize>j) << 3);
    if (load<f64>(at) === Infinity) store<f64>(at, 0);
  }
}

/** Uses up `supply` of row i and of the columns it sends to; whether some of the row's is left. */
function fillRow(p: Problem, i: i32, open: usize): bool {
  const n = p.n;
  const m = p.m;
  const root = n + m;
  let rest = load<f64>(p.supply + ((<usize>i) << 3));
  const row = costRow(p, i, 0, m);
  let least = rowMinimum(row, open, 0, m);
  // A row without supply is a tree of its own; so is one that finds no column.
  store<f64>(p.potential + ((<usize>i) << 3), least < Infinity ? -least : 0);
  setArc(p, i, root, 1, 0);
  while (rest > 0) {
    if (least === Infinity) break;
    const j = columnOf(least, row, open, 0);
    const demand = p.supply + ((<usize>(n + j)) << 3);
    const left = -load<f64>(demand);
    const sent = min<f64>(rest, left);
    rest -= sent;
    store<f64>(demand, sent - left);
    if (sent === left) store<f64>(open + ((<usize>j) << 3), -Infinity);
    if (rest === 0) {
      setArc(p, i, n + j, 1, sent);
      break;
    }
    // The column is full: with all that sends to it, it becomes a part of the tree of this row.
    setArc(p, n + j, i, 0, sent);
    least = rowMinimum(row, open, 0, m);
  }
  if (rest > 0) setArc(p, i, root, 1, rest);
  return rest > 0;
}

/** Makes every artificial arc so expensive that flow leaves them if it can. */
function raise(p: Problem): void {
  const root = p.n + p.m;
  for (let x = 0; x < root; x++) {
    if (load<i32>(p.parent + ((<usize>x) << 2)) !== root) continue;
    const y = p.potential + ((<usize>x) << 3);
    const by = load<i32>(p.up + ((<usize>x) << 2)) ? -p.big : p.big;
    store<f64>(y, load<f64>(y) + by);
  }
}

/**
 * Undoes {@link raise} if no artificial arc has flow left: none will get any, so that their costs are free again, and
 * potentials keep more digits without the large ones.
 */
export function lower(p: Problem): void {
  const root = p.n + p.m;
  for (let x = 0; x < root; x++) {
    if (load<i32>(p.parent + ((<usize>x) << 2)) !== root) continue;
    if (load<f64>(p.flow + ((<usize>x) << 3)) !== 0) return;
  }
  for (let x = 0; x < root; x++) {
    if (load<i32>(p.parent + ((<usize>x) << 2)) !== root) continue;
    const y = p.potential + ((<usize>x) << 3);
    store<f64>(y, load<f64>(y) + p.big);
  }
}

function setArc(p: Problem, node: i32, parent: i32, up: i32, flow: f64): void {
  store<i32>(p.parent + ((<usize>node) << 2), parent);
  store<i32>(p.up + ((<usize>node) << 2), up);
  store<f64>(p.flow + ((<usize>node) << 3), flow);
}

/** Derives the order of nodes, last nodes and sizes of subtrees from the parents. */
function order(p: Problem): void {
  const root = p.n + p.m;
  const thread = p.thread;
  const last = p.last;
  const child = p.back;
  const sibling = p.size;
  for (let x = 0; x <= root; x++) store<i32>(child + ((<usize>x) << 2), -1);
  for (let x = root - 1; x >= 0; x--) {
    const first = child + ((<usize>load<i32>(p.parent + ((<usize>x) << 2))) << 2);
    store<i32>(sibling + ((<usize>x) << 2), load<i32>(first));
    store<i32>(first, x);
  }
  store<i32>(p.parent + ((<usize>root) << 2), -1);
  store<i32>(sibling + ((<usize>root) << 2), -1);
  // Depth first; when a subtree is complete, its last node is known.
  let x = root;
  while (true) {
    const first = load<i32>(child + ((<usize>x) << 2));
    if (first >= 0) {
      store<i32>(thread + ((<usize>x) << 2), first);
      x = first;
      continue;
    }
    const end = x;
    let next = -1;
    while (x >= 0) {
      store<i32>(last + ((<usize>x) << 2), end);
      next = load<i32>(sibling + ((<usize>x) << 2));
      if (next >= 0) break;
      x = load<i32>(p.parent + ((<usize>x) << 2));
    }
    if (x < 0) {
      store<i32>(thread + ((<usize>end) << 2), root);
      break;
    }
    store<i32>(thread + ((<usize>end) << 2), next);
    x = next;
  }
  sizes(p);
}

function sizes(p: Problem): void {
  const root = p.n + p.m;
  for (let x = 0; x <= root; x++) {
    store<i32>(p.size + ((<usize>x) << 2), 1);
    store<i32>(p.back + ((<usize>load<i32>(p.thread + ((<usize>x) << 2))) << 2), x);
  }
  for (let x = load<i32>(p.back + ((<usize>root) << 2)); x !== root; ) {
    const above = p.size + ((<usize>load<i32>(p.parent + ((<usize>x) << 2))) << 2);
    store<i32>(above, load<i32>(above) + load<i32>(p.size + ((<usize>x) << 2)));
    x = load<i32>(p.back + ((<usize>x) << 2));
  }
}

/** Potentials of all nodes from those of the tops of the root's trees. */
export function derivePotentials(p: Problem): void {
  const n = p.n;
  const root = n + p.m;
  for (let x = load<i32>(p.thread + ((<usize>root) << 2)); x !== root; ) {
    const parent = load<i32>(p.parent + ((<usize>x) << 2));
    if (parent !== root) {
      const y = load<f64>(p.potential + ((<usize>parent) << 3));
      const own = x < n ? y - cost(p, x, parent - n) : y + cost(p, parent, x - n);
      store<f64>(p.potential + ((<usize>x) << 3), own);
    }
    x = load<i32>(p.thread + ((<usize>x) << 2));
  }
}
