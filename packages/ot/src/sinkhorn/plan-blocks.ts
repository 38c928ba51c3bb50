import { ArgumentBlock } from "@x/tensor/kernels";
import { type Workspace, withWorkspace } from "../internal/workspace";
import { exponentialTime, placeCosts, write } from "./dense-problem";
import { layoutOf, sinkhornKernels } from "./kernels";

/** P_ij = a_i b_j exp((f_i + g_j − C_ij)/ε) of a dense cost matrix. */
export interface DensePlan {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly f: Float64Array;
  readonly g: Float64Array;
  readonly eps: number;
  /** C, shape [n, m], in C order. */
  readonly costs: Float64Array;
}

/** Rows of a plan. */
interface PlanBlock {
  readonly first: number;
  readonly rows: number;
  /** Elements, with `stride` from row to row; valid until the function that is given them returns. */
  readonly values: Float64Array;
  readonly stride: number;
}

/** Entries of a block: 8 MiB. */
const BLOCK_ENTRIES = 1 << 20;

/** Calls a function with the rows of a plan, some at a time, so that the whole of it is never in memory. */
export function forEachPlanBlock(plan: DensePlan, visit: (block: PlanBlock) => void): void {
  const [n, m] = [plan.a.length, plan.b.length];
  const height = Math.min(n, Math.max(4, Math.floor(BLOCK_ENTRIES / m)));
  // 1/ε overflows where costs are subnormal numbers.
  const lift = plan.eps < 1e-300 ? 2 ** 200 : 1;
  const eta = 1 / (lift * plan.eps);
  const y = plan.g.map((value, j) => value / plan.eps + Math.log(plan.b[j] as number));
  const x = plan.f.map((value, i) => value / plan.eps + Math.log(plan.a[i] as number));
  withWorkspace(sinkhornKernels, (workspace) => {
    const block = openBlock(workspace, height, m);
    for (let first = 0; first < n; first += height) {
      const rows = Math.min(height, n - first);
      const given = plan.costs.subarray(first * m, (first + rows) * m);
      const costs = lift === 1 ? given : given.map((c) => c * lift);
      const values = block(costs, rows, x.subarray(first, first + rows), y, eta);
      visit({ first, rows, values, stride: values.length / rows });
    }
  });
}

/** Memory for blocks of up to `height` rows, and the function that computes one. */
function openBlock(workspace: Workspace, height: number, m: number) {
  const layout = layoutOf(height, m);
  const at = {
    costs: workspace.f64(layout.height * layout.stride),
    x: workspace.f64(layout.height),
    y: workspace.f64(layout.stride),
    sums: workspace.f64(layout.height),
    parts: workspace.f64(layout.chunks * layout.stride),
    inner: workspace.f64(layout.chunks),
  };
  return (
    costs: Float64Array,
    rows: number,
    x: Float64Array,
    y: Float64Array,
    eta: number,
  ): Float64Array => {
    const { stride, rowsPerChunk, chunks, ...part } = layoutOf(rows, m);
    const matrix = { data: costs, rows, columns: m };
    placeCosts(workspace, at.costs, matrix, { stride, rowsPerChunk, chunks, ...part });
    write({ workspace }, at.x, x, part.height, -Infinity);
    write({ workspace }, at.y, y, stride, -Infinity);
    const words = new ArgumentBlock()
      // The plan takes the place of the costs.
      .i32(at.costs, at.costs, at.x, at.y, at.sums, at.parts, at.inner)
      .i32(part.height, stride, rowsPerChunk, 0, 0)
      .f64(eta)
      .f64(-745).words;
    workspace.kernels.call("gibbs", words, chunks, exponentialTime * rows * stride);
    return workspace.kernels.f64.subarray(at.costs / 8, at.costs / 8 + rows * stride);
  };
}
