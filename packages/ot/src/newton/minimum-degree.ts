import { QuotientGraph } from "./quotient-graph";
import type { SparseGraph } from "./sparse-graph";

/** An order of elimination, and what it costs. */
export interface Ordering {
  /** Nodes in the order of their elimination. */
  readonly order: Int32Array;
  /** Entries of the factor below the diagonal. */
  readonly fill: number;
  /** Products that the factorisation takes: Σ c (c + 1)/2 over the columns' numbers of entries c. */
  readonly products: number;
}

/** Products of an elimination with c neighbours left. */
const productsOf = (c: number): number => (c * (c + 1)) / 2;

/**
 * An order of elimination of a sparse symmetric matrix with little fill: always a node with fewest neighbours.
 *
 * Leaves go first, again and again: trees are eliminated without fill in linear time. What remains is left to a quotient
 * graph with approximate degrees.
 *
 * @param limit - products at which the search ends without an answer; default Infinity
 * @see Amestoy, Davis and Duff 1996, "An approximate minimum degree ordering algorithm"
 */
export function minimumDegree(graph: SparseGraph, limit: number = Infinity): Ordering | undefined {
  const nodes = graph.starts.length - 1;
  const order = new Int32Array(nodes);
  const removed = new Uint8Array(nodes);
  const { peeled, fill } = peel(graph, order, removed);
  if (peeled === nodes) return { order, fill, products: fill };
  const core = new QuotientGraph(graph, removed);
  let [at, total, products] = [peeled, fill, fill];
  while (at < nodes) {
    const { pivots, degree } = core.eliminate();
    order.set(pivots, at);
    at += pivots.length;
    for (let c = degree + pivots.length - 1; c >= degree; c--) {
      total += c;
      products += productsOf(c);
    }
    if (products > limit) return undefined;
  }
  return { order, fill: total, products };
}

/** Removes nodes with at most one neighbour as long as there are such. */
function peel(
  { starts, neighbours }: SparseGraph,
  order: Int32Array,
  removed: Uint8Array,
): { peeled: number; fill: number } {
  const degrees = starts.slice(1);
  let [peeled, fill] = [0, 0];
  for (let v = 0; v < removed.length; v++) {
    degrees[v] = (degrees[v] as number) - (starts[v] as number);
    if ((degrees[v] as number) <= 1) order[peeled++] = v;
  }
  for (let k = 0; k < peeled; k++) {
    const v = order[k] as number;
    removed[v] = 1;
    for (let e = starts[v] as number; e < (starts[v + 1] as number); e++) {
      const other = neighbours[e] as number;
      if (removed[other]) continue;
      fill++;
      degrees[other] = (degrees[other] as number) - 1;
      // A node that is about to have no neighbours already waits in the list.
      if (degrees[other] === 1) order[peeled++] = other;
    }
  }
  return { peeled, fill };
}
