/**
 * A transport problem and the spanning tree of its basis, as the caller lays it out in memory: addresses of arrays.
 *
 * Nodes 0 … n − 1 are the rows, n … n + m − 1 the columns, n + m an artificial root. The arrays of the tree have one
 * element for each node; the potentials y are −u for rows and v for columns, so that an arc has the reduced cost
 * C_ij + y_i − y_j.
 */
@unmanaged
export class Problem {
  n: i32;
  m: i32;
  /** Arcs that one pricing step looks at. */
  block: i32;
  maxPivots: i32;
  /** 0: `costs` is the matrix; otherwise a formula of `costs.ts` on `x` and `y`. */
  kind: i32;
  dimension: i32;
  /** f64 [n, m], or room for one row of it. */
  costs: usize;
  /** f64 [n, d]. */
  x: usize;
  /** f64 [d, m]. */
  y: usize;
  /** f64 [n + m + 1]: whole numbers, rows positive and columns negative. */
  supply: usize;
  parent: usize;
  /** The next node in an order in which every subtree is a contiguous stretch that begins at its top node. */
  thread: usize;
  /** The previous node in that order. */
  back: usize;
  /** The last node of the subtree. */
  last: usize;
  /** Nodes in the subtree. */
  size: usize;
  /** 1 if the arc to the parent leaves the node, 0 if it arrives there. */
  up: usize;
  /** f64: flow on the arc to the parent. */
  flow: usize;
  /** f64. */
  potential: usize;
  /** f64 [n + m + 1]. */
  spare: usize;
  /** 1 if `potential` holds v for the columns already, with which the start is made. */
  warm: i32;
  /** i32 [2], out: pivots made; 1 if no arc has a negative reduced cost. */
  out: usize;
  /** A reduced cost above −tolerance counts as zero; set by the kernel. */
  tolerance: f64;
  /** Cost of an artificial arc with which no plan can be cheaper than without; set by the kernel. */
  big: f64;
}
