import type { DenseProblem } from "../sinkhorn/dense-problem";
import type { Evaluation } from "../sinkhorn/session";
import { minimumDegree } from "./minimum-degree";
import { type SparseFactor, sparseCholesky, sparseSolve } from "./sparse-cholesky";
import { bipartiteGraph, type WeightedGraph } from "./sparse-graph";
import type { SparsePlan } from "./sparse-plan";
import { type Symbolic, symbolicFactor } from "./symbolic";

/** Entries of a factor that memory is given for: 600 megabytes. */
const MOST_FILL = 5e7;
/** A matrix that has no factor with this shift has entries that are not numbers. */
const LARGEST_SHIFT = 1e6;

/**
 * Solves the sparsified Newton equations
 *
 * (1 + δ) D(p) Δx + P̃ Δy = a − p, P̃ᵀ Δx + (1 + δ) D(q) Δy = b − q
 *
 * by a sparse factorisation of the whole matrix of order n + m: for Δx and −Δy it is the Laplacian of the plan's graph plus
 * δ and the mass that P̃ lacks on the diagonal. Where P̃ is nearly a forest that takes O(n + m).
 *
 * @param limit - products at which the factorisation is not worth while
 * @returns undefined if it would take more
 */
export function sparseDirection(
  problem: DenseProblem,
  { p, q }: Evaluation,
  plan: SparsePlan,
  delta: number,
  limit: number,
): { dx: Float64Array; dy: Float64Array } | undefined {
  const { a, b, rows, columns } = problem;
  const graph = planGraph(problem, plan);
  const ordering = minimumDegree(graph, limit);
  if (ordering === undefined || ordering.fill > MOST_FILL) return undefined;
  const masses = new Float64Array(rows + columns);
  masses.set(p);
  masses.set(q, rows);
  const factor = shiftedFactor(graph, masses, symbolicFactor(graph, ordering.order), delta);
  if (factor === undefined) return undefined;
  // An empty row or column stays where it is.
  const right = masses.map((mass, k) => {
    if (mass === 0) return 0;
    return k < rows ? (a[k] as number) - mass : mass - (b[k - rows] as number);
  });
  const solution = sparseSolve(factor, right);
  return { dx: solution.slice(0, rows), dy: solution.slice(rows).map((value) => -value) };
}

/** P̃ = D(p)^½ B D(q)^½ as a graph of rows and columns. */
function planGraph({ rows, columns, workspace }: DenseProblem, plan: SparsePlan): WeightedGraph {
  const { i32, f64 } = workspace.kernels;
  const starts = i32.slice(plan.starts / 4, plan.starts / 4 + rows + 1);
  const places = i32.subarray(plan.columns / 4, plan.columns / 4 + plan.nnz);
  const values = f64.slice(plan.values / 8, plan.values / 8 + plan.nnz);
  for (let i = 0; i < rows; i++) {
    const scale = plan.rowScale[i] as number;
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
      const column = plan.columnScale[places[k] as number] as number;
      values[k] = (values[k] as number) / scale / column;
    }
  }
  return bipartiteGraph(starts, places, values, columns);
}

/** Factors with δ, or tenfold δ until all pivots are positive. */
function shiftedFactor(
  graph: WeightedGraph,
  masses: Float64Array,
  symbolic: Symbolic,
  delta: number,
): SparseFactor | undefined {
  const lacking = masses.map((mass, k) => {
    let kept = 0;
    for (let e = graph.starts[k] as number; e < (graph.starts[k + 1] as number); e++)
      kept += graph.weights[e] as number;
    return Math.max(0, mass - kept);
  });
  for (let shift = Math.max(delta, 2 ** -52); shift <= LARGEST_SHIFT; shift *= 10) {
    const excess = masses.map((mass, k) => (mass > 0 ? shift * mass + (lacking[k] as number) : 1));
    const factor = sparseCholesky(graph, excess, symbolic);
    if (factor !== undefined) return factor;
  }
  return undefined;
}
