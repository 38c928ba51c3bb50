import { Problem } from "./problem";

// @ts-ignore: decorator
@inline
function at(array: usize, node: i32): i32 {
  return load<i32>(array + ((<usize>node) << 2));
}

// @ts-ignore: decorator
@inline
function put(array: usize, node: i32, value: i32): void {
  store<i32>(array + ((<usize>node) << 2), value);
}

/**
 * Sends as much as possible through the arc from row i to column j, whose reduced cost is negative, and lets it take the
 * place of an arc of the tree.
 *
 * Of the arcs that block, the last one in the direction of the cycle leaves, counted from the apex. The tree stays
 * strongly feasible (every arc without flow points to the root), so that steps without flow cannot repeat a basis.
 */
export function pivot(p: Problem, i: i32, j: i32, reduced: f64): void {
  const parent = p.parent;
  const size = p.size;
  const up = p.up;
  const flow = p.flow;
  // Below the apex, the cycle comes down to i and goes up from j.
  let before = i;
  let after = j;
  let outBefore = -1;
  let outAfter = -1;
  let least = <f64>Infinity;
  let leastAfter = <f64>Infinity;
  while (before !== after) {
    if (at(size, before) < at(size, after)) {
      if (at(up, before)) {
        const f = load<f64>(flow + ((<usize>before) << 3));
        if (f < least) {
          least = f;
          outBefore = before;
        }
      }
      before = at(parent, before);
    } else {
      if (!at(up, after)) {
        const f = load<f64>(flow + ((<usize>after) << 3));
        if (f <= leastAfter) {
          leastAfter = f;
          outAfter = after;
        }
      }
      after = at(parent, after);
    }
  }
  const apex = before;
  const first = least < leastAfter;
  const delta = first ? least : leastAfter;
  if (delta > 0) push(p, i, j, apex, delta);
  if (first) {
    hang(p, i, j, outBefore, apex, 1, delta);
    shift(p, i, -reduced);
  } else {
    hang(p, j, i, outAfter, apex, 0, delta);
    shift(p, j, reduced);
  }
}

function push(p: Problem, i: i32, j: i32, apex: i32, delta: f64): void {
  for (let x = i; x !== apex; x = at(p.parent, x)) {
    const f = p.flow + ((<usize>x) << 3);
    store<f64>(f, load<f64>(f) + (at(p.up, x) ? -delta : delta));
  }
  for (let x = j; x !== apex; x = at(p.parent, x)) {
    const f = p.flow + ((<usize>x) << 3);
    store<f64>(f, load<f64>(f) + (at(p.up, x) ? delta : -delta));
  }
}

/** Cuts the arc above `out` and hangs that subtree by its node `low`, which becomes its top, under `high`. */
function hang(p: Problem, low: i32, high: i32, out: i32, apex: i32, up: i32, flow: f64): void {
  const parent = p.parent;
  const thread = p.thread;
  const back = p.back;
  const last = p.last;
  const size = p.size;
  const cut = at(parent, out);
  const moved = at(size, out);
  const outLast = at(last, out);
  const outBack = at(back, out);
  const outNext = at(thread, outLast);
  link(p, outBack, outNext);
  // Nodes whose subtree ended with the part that is gone.
  for (let x = cut; x >= 0 && at(last, x) === outLast; x = at(parent, x)) put(last, x, outBack);
  for (let x = cut; x !== apex; x = at(parent, x)) put(size, x, at(size, x) - moved);
  for (let x = high; x !== apex; x = at(parent, x)) put(size, x, at(size, x) + moved);
  const end = turn(p, low, high, out, moved, up, flow);
  const next = at(thread, high);
  for (let x = high; x >= 0 && at(last, x) === high; x = at(parent, x)) put(last, x, end);
  link(p, high, low);
  link(p, end, next);
}

/**
 * Makes `low` the top of its subtree, whose top was `out`.
 *
 * In the order of nodes, the subtree of `low` comes first, then what its old parent had besides, and so on up to `out`.
 *
 * @returns the last node in that order
 */
function turn(
  p: Problem, low: i32, high: i32, out: i32, moved: i32, up: i32, flow: f64,
): i32 {
  const parent = p.parent;
  const thread = p.thread;
  const back = p.back;
  const last = p.last;
  const size = p.size;
  let node = low;
  let above = high;
  let end = at(last, low);
  let below = 0;
  // The neighbours of the stretch of `node` in the old order, read before links change them.
  let nodeLast = end;
  let left = at(back, node);
  let right = at(thread, end);
  while (true) {
    const next = at(parent, node);
    const oldSize = at(size, node);
    const oldUp = at(p.up, node);
    const flowAt = p.flow + ((<usize>node) << 3);
    const oldFlow = load<f64>(flowAt);
    put(parent, node, above);
    put(size, node, moved - below);
    put(p.up, node, up);
    store<f64>(flowAt, flow);
    if (node === out) break;
    const nextLast = at(last, next);
    const nextLeft = at(back, next);
    if (nextLast === nodeLast) {
      link(p, end, next);
      end = left;
    } else {
      const nextRight = at(thread, nextLast);
      link(p, left, right);
      link(p, end, next);
      end = nextLast;
      right = nextRight;
    }
    nodeLast = nextLast;
    left = nextLeft;
    below = oldSize;
    above = node;
    up = 1 - oldUp;
    flow = oldFlow;
    node = next;
  }
  for (let x = out; x !== high; x = at(parent, x)) put(last, x, end);
  return end;
}

// @ts-ignore: decorator
@inline
function link(p: Problem, first: i32, second: i32): void {
  put(p.thread, first, second);
  put(p.back, second, first);
}

/** Adds to the potentials of the subtree of `top`; or, if that is less work, subtracts from all others. */
function shift(p: Problem, top: i32, by: f64): void {
  const potential = p.potential;
  const thread = p.thread;
  const last = at(p.last, top);
  let x = top;
  let end = last;
  if (2 * at(p.size, top) > p.n + p.m) {
    x = at(thread, last);
    end = at(p.back, top);
    by = -by;
  }
  while (true) {
    const y = potential + ((<usize>x) << 3);
    store<f64>(y, load<f64>(y) + by);
    if (x === end) return;
    x = at(thread, x);
  }
}
