import { ArgumentBlock } from "@x/tensor/kernels";
import { type DenseProblem, productTime, write } from "../sinkhorn/dense-problem";
import type { Evaluation } from "../sinkhorn/session";

/** B = D(p)^−½ P̃ D(q)^−½ in rows of (column, value), in the kernels' memory; P̃ is P without its small entries. */
export interface SparsePlan {
  /** Addresses of 32-bit starts [rows + 1] and columns, and of the values. */
  readonly starts: number;
  readonly columns: number;
  readonly values: number;
  readonly nnz: number;
  /** Products that B Bᵀ takes: Σ over rows of (entries)². */
  readonly squares: number;
  /** p^−½ and q^−½. */
  readonly rowScale: Float64Array;
  readonly columnScale: Float64Array;
  release(): void;
}

/** An empty row or column scales to nothing. */
const inverseRoots = (sums: Float64Array): Float64Array =>
  sums.map((s) => (s > 0 ? 1 / Math.sqrt(s) : 0));

/** Collects the entries of the plan in memory above a threshold. */
export function sparsePlan(
  problem: DenseProblem,
  { p, q }: Evaluation,
  threshold: number,
): SparsePlan {
  const { at, height, stride, rowsPerChunk, chunks, workspace } = problem;
  const { kernels } = workspace;
  const time = productTime * height * stride;
  const starts = kernels.allocate(4 * (height + 1));
  const count = new ArgumentBlock()
    .i32(at.plan, starts + 4, height, stride, rowsPerChunk, 0)
    .f64(threshold);
  kernels.call("countKept", count.words, chunks, time);
  let [nnz, squares] = [0, 0];
  const ends = kernels.i32.subarray(starts / 4, starts / 4 + height + 1);
  ends[0] = 0;
  for (let i = 1; i <= height; i++) {
    const entries = ends[i] as number;
    nnz += entries;
    squares += entries * entries;
    ends[i] = nnz;
  }
  const columns = kernels.allocate(4 * nnz + 4);
  const values = kernels.allocate(8 * nnz + 8);
  const [rowScale, columnScale] = [inverseRoots(p), inverseRoots(q)];
  write(problem, at.u, rowScale, height);
  write(problem, at.v, columnScale, stride);
  const gather = new ArgumentBlock()
    .i32(at.plan, starts, columns, values, at.u, at.v, height, stride, rowsPerChunk, 0)
    .f64(threshold);
  kernels.call("gatherKept", gather.words, chunks, time);
  const release = (): void => {
    for (const address of [starts, columns, values]) kernels.free(address);
  };
  return { starts, columns, values, nnz, squares, rowScale, columnScale, release };
}

/** y = B x or Bᵀ x, of vectors in JavaScript's memory. */
export function multiply(
  { workspace, rows, columns: width }: DenseProblem,
  plan: SparsePlan,
  x: Float64Array,
  transposed: boolean,
): Float64Array {
  const { i32, f64 } = workspace.kernels;
  const out = new Float64Array(transposed ? width : rows);
  const [columns, values] = [plan.columns / 4, plan.values / 8];
  let k = 0;
  for (let i = 0; i < rows; i++) {
    const end = i32[plan.starts / 4 + i + 1] as number;
    const xi = x[i] as number;
    let sum = 0;
    for (; k < end; k++) {
      const j = i32[columns + k] as number;
      const value = f64[values + k] as number;
      if (transposed) out[j] = (out[j] as number) + value * xi;
      else sum += value * (x[j] as number);
    }
    if (!transposed) out[i] = sum;
  }
  return out;
}
