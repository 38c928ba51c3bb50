import { ArgumentBlock } from "@x/tensor/kernels";
import type { Matrix } from "../internal/read";
import { type Workspace, withWorkspace } from "../internal/workspace";
import { exponentialTime, placeCosts, productTime, write } from "../sinkhorn/dense-problem";
import { type Layout, layoutOf } from "../sinkhorn/kernels";
import type { BarycenterEnd, BarycenterProblem } from "./iterate";
import { barycenterKernels } from "./kernels";

/** Products with K within these have lost nothing to underflow, nor will those that follow from them overflow. */
const [LOW, HIGH] = [1e-140, 1e140];

/** What an iteration tells. */
interface Report {
  readonly error: number;
  /** Whether all products were within bounds. */
  readonly moderate: boolean;
}

/**
 * Iterative Bregman projections on scalings: v = A / Kᵀu, p = Π (K v_k)^λ_k, u_k = p / K v_k, one pass over K for each
 * iteration.
 *
 * @returns undefined where a product leaves the range of numbers, so that only logarithms will do
 */
export function iterateOnScalings(
  problem: BarycenterProblem,
  C: Matrix,
  eps: number,
): BarycenterEnd | undefined {
  return withWorkspace(barycenterKernels, (w) => {
    const { tol, maxIterations, n } = problem;
    const iteration = openScalings(w, problem, C, eps);
    const errors: number[] = [];
    if (!iteration.begin()) return undefined;
    for (let error = Infinity; error > tol && errors.length < maxIterations; errors.push(error)) {
      const report = iteration.next();
      if (!report.moderate) return undefined;
      error = report.error;
    }
    return { p: w.readF64(iteration.p, n), errors };
  });
}

/** Places a problem in memory; functions that run its iterations, and the address of p. */
function openScalings(
  w: Workspace,
  { logA, lambda, m }: BarycenterProblem,
  C: Matrix,
  eps: number,
) {
  const layout = layoutOf(C.rows, C.columns);
  const { rows, height, stride, rowsPerChunk, chunks } = layout;
  const count = lambda.length;
  const at = {
    K: placeKernel(w, C, eps, layout),
    u: w.f64(count * height),
    v: w.f64(count * stride),
    lambda: w.place(lambda),
    p: w.f64(height),
    parts: w.f64(chunks * count * stride),
    reports: w.f64(3 * chunks),
  };
  const A = logA.map(Math.exp);
  write({ workspace: w }, at.u, 1, count * height);
  write({ workspace: w }, at.v, 0, count * stride);
  const pass = (given: boolean): void => {
    const { words } = new ArgumentBlock()
      .i32(at.K, at.v, at.u, at.lambda, at.p, at.parts, at.reports)
      .i32(count, rows, height, stride, rowsPerChunk, given ? 1 : 0);
    const time = productTime * count * height * stride;
    w.kernels.call("barycenterSweep", words, chunks, time);
  };
  /** v = A / Kᵀu. @returns whether all of Kᵀu is within bounds */
  const updateColumns = (): boolean => {
    const length = count * stride;
    const sums = w.readF64(at.parts, length);
    for (let c = 1; c < chunks; c++) {
      const part = w.readF64(at.parts + 8 * c * length, length);
      for (let i = 0; i < length; i++) sums[i] = (sums[i] as number) + (part[i] as number);
    }
    const v = w.kernels.f64.subarray(at.v / 8, at.v / 8 + length);
    let moderate = true;
    for (let k = 0; k < count; k++)
      for (let j = 0, i = k * stride; j < m; j++, i++) {
        const sum = sums[i] as number;
        if (!(sum > LOW && sum < HIGH)) moderate = false;
        v[i] = (A[k * m + j] as number) / sum;
      }
    return moderate;
  };
  return {
    p: at.p,
    begin(): boolean {
      pass(true);
      return updateColumns();
    },
    next(): Report {
      pass(false);
      const { f64 } = w.kernels;
      let error = 0;
      let moderate = true;
      for (let i = at.reports / 8; i < at.reports / 8 + 3 * chunks; i += 3) {
        error += f64[i] as number;
        moderate &&= (f64[i + 1] as number) > LOW && (f64[i + 2] as number) < HIGH;
      }
      return { error, moderate: updateColumns() && moderate };
    },
  };
}

/** Address of exp(−C/ε). */
function placeKernel(w: Workspace, C: Matrix, eps: number, layout: Layout): number {
  const { height, stride, rowsPerChunk, chunks } = layout;
  const [K, x, y] = [w.f64(height * stride), w.f64(height), w.f64(stride)];
  placeCosts(w, K, C, layout);
  write({ workspace: w }, x, 0, height);
  write({ workspace: w }, y, 0, stride);
  // It takes the place of the costs.
  const { words } = new ArgumentBlock()
    .i32(K, K, 0, x, y, height, stride, rowsPerChunk)
    .f64(1 / eps)
    .f64(-745);
  w.kernels.call("kernel", words, chunks, exponentialTime * height * stride);
  return K;
}
