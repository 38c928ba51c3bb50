import { ArgumentBlock } from "@x/tensor/kernels";
import { type DenseProblem, exponentialTime } from "./dense-problem";

/**
 * K = exp(x + y − ηC) at `at.plan` for the x and y in memory; exponents below the cutoff give 0.
 *
 * @param single - where K goes in single precision, or 0
 */
export function formKernel(
  problem: DenseProblem,
  eta: number,
  cutoff: number,
  single: number,
): void {
  const { at, height, stride, rowsPerChunk, chunks, workspace } = problem;
  problem.kernel.eta = NaN;
  const block = new ArgumentBlock()
    .i32(at.costs, at.plan, single, at.x, at.y, height, stride, rowsPerChunk)
    .f64(eta)
    .f64(cutoff);
  workspace.kernels.call("kernel", block.words, chunks, exponentialTime * height * stride);
}
