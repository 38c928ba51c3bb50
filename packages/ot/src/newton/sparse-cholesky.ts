import type { WeightedGraph } from "./sparse-graph";
import type { Symbolic } from "./symbolic";

/** A = (I − L) D (I − L)ᵀ with L ≥ 0 strictly below the diagonal, in the order of a symbolic factorisation. */
export interface SparseFactor {
  readonly symbolic: Symbolic;
  readonly lower: Float64Array;
  readonly pivots: Float64Array;
}

/**
 * Sparse Cholesky factorisation, without square roots, of a symmetric matrix with non-positive entries off the diagonal
 * and row sums ≥ 0: A_ij = −w_ij, A_ii = s_i + Σ_j w_ij.
 *
 * It is given by its row sums, not by its diagonal: eliminating k adds w_ik w_kj/d_k to w_ij and w_ik s_k/d_k to s_i, and
 * d_k = s_k + Σ_i w_ik. Nothing is ever subtracted, so that all entries, above all the pivots of blocks that only a tiny s
 * keeps from being singular, have full relative accuracy.
 *
 * @param graph - edges with their weights w
 * @param excess - row sums s, length n, ≥ 0
 * @returns undefined if a pivot is not positive: a block of zero row sums, or underflow
 * @see Grassmann, Taksar and Heyman 1985, "Regenerative analysis and steady state distributions for Markov chains", for
 *   elimination without subtractions
 */
export function sparseCholesky(
  graph: WeightedGraph,
  excess: Float64Array,
  symbolic: Symbolic,
): SparseFactor | undefined {
  const { order, starts, rows } = symbolic;
  const nodes = order.length;
  const lower = new Float64Array(rows.length);
  const pivots = new Float64Array(nodes);
  const sums = Float64Array.from(order, (node) => excess[node] as number);
  const column = new Float64Array(nodes);
  // Columns that still have to act on column k, in a list for every k; `next` is their first entry not below k.
  const heads = new Int32Array(nodes).fill(-1);
  const links = new Int32Array(nodes);
  const next = starts.slice(0, nodes);
  const enqueue = (j: number): void => {
    const at = next[j] as number;
    if (at === starts[j + 1]) return;
    const row = rows[at] as number;
    links[j] = heads[row] as number;
    heads[row] = j;
  };
  for (let k = 0; k < nodes; k++) {
    scatter(graph, symbolic, k, column);
    for (let j = heads[k] as number; j >= 0; ) {
      const following = links[j] as number;
      const at = next[j] as number;
      const end = starts[j + 1] as number;
      const factor = (lower[at] as number) * (pivots[j] as number);
      for (let e = at + 1; e < end; e++) {
        const row = rows[e] as number;
        column[row] = (column[row] as number) + factor * (lower[e] as number);
      }
      next[j] = at + 1;
      enqueue(j);
      j = following;
    }
    const [begin, end] = [starts[k] as number, starts[k + 1] as number];
    const sum = sums[k] as number;
    let pivot = sum;
    for (let e = begin; e < end; e++) pivot += column[rows[e] as number] as number;
    if (!(pivot > 0 && pivot < Infinity)) return undefined;
    pivots[k] = pivot;
    for (let e = begin; e < end; e++) {
      const row = rows[e] as number;
      const value = (column[row] as number) / pivot;
      lower[e] = value;
      column[row] = 0;
      sums[row] = (sums[row] as number) + value * sum;
    }
    enqueue(k);
  }
  return { symbolic, lower, pivots };
}

/** Puts the weights of edges to later nodes in their places. */
function scatter(
  { starts, neighbours, weights }: WeightedGraph,
  { order, places }: Symbolic,
  k: number,
  column: Float64Array,
): void {
  const node = order[k] as number;
  for (let e = starts[node] as number; e < (starts[node + 1] as number); e++) {
    const place = places[neighbours[e] as number] as number;
    if (place > k) column[place] = (column[place] as number) + (weights[e] as number);
  }
}

/** A⁻¹ b, in the order of the nodes. */
export function sparseSolve(
  { symbolic, lower, pivots }: SparseFactor,
  b: Float64Array,
): Float64Array {
  const { order, starts, rows } = symbolic;
  const nodes = order.length;
  const x = Float64Array.from(order, (node) => b[node] as number);
  for (let k = 0; k < nodes; k++) {
    const value = x[k] as number;
    for (let e = starts[k] as number; e < (starts[k + 1] as number); e++) {
      const row = rows[e] as number;
      x[row] = (x[row] as number) + (lower[e] as number) * value;
    }
    x[k] = value / (pivots[k] as number);
  }
  for (let k = nodes - 1; k >= 0; k--) {
    let value = x[k] as number;
    for (let e = starts[k] as number; e < (starts[k + 1] as number); e++)
      value += (lower[e] as number) * (x[rows[e] as number] as number);
    x[k] = value;
  }
  const out = new Float64Array(nodes);
  for (let k = 0; k < nodes; k++) out[order[k] as number] = x[k] as number;
  return out;
}
