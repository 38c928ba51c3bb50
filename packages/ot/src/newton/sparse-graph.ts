/** Neighbours of every node of an undirected graph without loops: those of node v from `starts[v]` to `starts[v + 1]`. */
export interface SparseGraph {
  readonly starts: Int32Array;
  readonly neighbours: Int32Array;
}

/** A graph whose edges have weights > 0, in the order of the neighbours. */
export interface WeightedGraph extends SparseGraph {
  readonly weights: Float64Array;
}

/**
 * The graph of n + m nodes that a matrix [n, m] in sparse rows joins: row i with node n + j for every entry (i, j).
 *
 * @param starts - where the entries of every row begin, and where the last end, length n + 1
 * @param columns - column of every entry
 * @param values - of every entry, > 0
 * @param m - number of columns
 */
export function bipartiteGraph(
  starts: Int32Array,
  columns: Int32Array,
  values: Float64Array,
  m: number,
): WeightedGraph {
  const n = starts.length - 1;
  const count = starts[n] as number;
  const ends = new Int32Array(n + m + 1);
  ends.set(starts);
  for (let k = 0; k < count; k++) {
    const node = n + (columns[k] as number) + 1;
    ends[node] = (ends[node] as number) + 1;
  }
  for (let node = n + 1; node <= n + m; node++)
    ends[node] = (ends[node] as number) + (ends[node - 1] as number);
  const neighbours = new Int32Array(2 * count);
  const weights = new Float64Array(2 * count);
  const next = ends.slice();
  for (let i = 0; i < n; i++) {
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
      const node = n + (columns[k] as number);
      const at = next[node] as number;
      next[node] = at + 1;
      neighbours[k] = node;
      neighbours[at] = i;
      weights[k] = weights[at] = values[k] as number;
    }
  }
  return { starts: ends, neighbours, weights };
}
