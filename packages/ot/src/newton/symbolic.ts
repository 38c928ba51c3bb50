import type { SparseGraph } from "./sparse-graph";

/** Where the factor of a sparse symmetric matrix has entries, in the order of elimination. */
export interface Symbolic {
  /** Nodes in the order of elimination, and the place of every node in it. */
  readonly order: Int32Array;
  readonly places: Int32Array;
  /** Parent of every place in the elimination tree: the first that its elimination touches; −1 for roots. */
  readonly parents: Int32Array;
  /** Entries of the factor below the diagonal in columns with ascending rows. */
  readonly starts: Int32Array;
  readonly rows: Int32Array;
}

/**
 * Symbolic factorisation: elimination tree, counts, and the rows of every column.
 *
 * Row k of the factor has an entry in column j if and only if j lies on the path of the tree from an earlier neighbour of
 * k up to k. Walking these paths takes as many steps as there are entries.
 *
 * @param order - nodes in the order of elimination, a permutation
 * @see Liu 1990, "The role of elimination trees in sparse factorization"
 */
export function symbolicFactor(graph: SparseGraph, order: Int32Array): Symbolic {
  const nodes = order.length;
  const places = new Int32Array(nodes);
  for (let k = 0; k < nodes; k++) places[order[k] as number] = k;
  const parents = eliminationTree(graph, order, places);
  const starts = new Int32Array(nodes + 1);
  walkRows(graph, order, places, parents, (_, j) => {
    starts[j + 1] = (starts[j + 1] as number) + 1;
  });
  for (let j = 0; j < nodes; j++) starts[j + 1] = (starts[j + 1] as number) + (starts[j] as number);
  const rows = new Int32Array(starts[nodes] as number);
  const next = starts.slice();
  walkRows(graph, order, places, parents, (k, j) => {
    const at = next[j] as number;
    rows[at] = k;
    next[j] = at + 1;
  });
  return { order, places, parents, starts, rows };
}

function eliminationTree(
  { starts, neighbours }: SparseGraph,
  order: Int32Array,
  places: Int32Array,
): Int32Array {
  const parents = new Int32Array(order.length).fill(-1);
  // Shortcuts to the top of what the tree is so far.
  const tops = new Int32Array(order.length).fill(-1);
  for (let k = 0; k < order.length; k++) {
    const node = order[k] as number;
    for (let e = starts[node] as number; e < (starts[node + 1] as number); e++) {
      let j = places[neighbours[e] as number] as number;
      while (j >= 0 && j < k) {
        const above = tops[j] as number;
        tops[j] = k;
        if (above < 0) parents[j] = k;
        j = above;
      }
    }
  }
  return parents;
}

/** Visits the entries below the diagonal, row after row. */
function walkRows(
  { starts, neighbours }: SparseGraph,
  order: Int32Array,
  places: Int32Array,
  parents: Int32Array,
  visit: (row: number, column: number) => void,
): void {
  const seen = new Int32Array(order.length).fill(-1);
  for (let k = 0; k < order.length; k++) {
    const node = order[k] as number;
    seen[k] = k;
    for (let e = starts[node] as number; e < (starts[node + 1] as number); e++) {
      let j = places[neighbours[e] as number] as number;
      if (j > k) continue;
      for (; seen[j] !== k; j = parents[j] as number) {
        seen[j] = k;
        visit(k, j);
      }
    }
  }
}
