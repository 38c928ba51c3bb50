import { ArgumentBlock } from "@x/tensor/kernels";
import type { Matrix } from "../internal/read";
import { type Workspace, withWorkspace } from "../internal/workspace";
import { exponentialTime, placeCosts, productTime, write } from "../sinkhorn/dense-problem";
import { type Layout, layoutOf, sinkhornKernels } from "../sinkhorn/kernels";
import type { PlanMoments } from "../sinkhorn/result";

/** exp(−C/ε) and scalings u, v of its rows and columns in the kernels' memory. */
export interface KernelScaling {
  /** u_i = a_i (Kv)_i^−ω of all rows. */
  rows(v: Float64Array, omega: number): Float64Array;
  /** v_j = b_j (Kᵀu)_j^−ω of all columns, for the u that {@link rows} gave last. */
  columns(omega: number): Float64Array;
  /** Marginals of the plan u_i K_ij v_j and ⟨P, C⟩. */
  moments(u: Float64Array, v: Float64Array): PlanMoments;
}

const addresses = (w: Workspace, { height, stride, chunks }: Layout) => ({
  costs: w.f64(height * stride),
  K: w.f64(height * stride),
  a: w.f64(height),
  u: w.f64(height),
  p: w.f64(height),
  b: w.f64(stride),
  v: w.f64(stride),
  q: w.f64(stride),
  parts: w.f64(chunks * stride),
  reports: w.f64(4 * (chunks + 1)),
});

/** Runs a computation with scalings for weights a and b; finite costs are within ±745 ε. */
export function withKernelScaling<R>(
  costs: Matrix,
  { a, b, eps }: { readonly a: Float64Array; readonly b: Float64Array; readonly eps: number },
  body: (scaling: KernelScaling) => R,
): R {
  return withWorkspace(sinkhornKernels, (w) => {
    const layout = layoutOf(costs.rows, costs.columns);
    const { height, stride, rowsPerChunk, chunks } = layout;
    const at = addresses(w, layout);
    const to = { workspace: w };
    const call = (name: string, block: ArgumentBlock, time: number): void =>
      w.kernels.call(name, block.words, chunks, time * height * stride);
    placeCosts(w, at.costs, costs, layout);
    write(to, at.u, 0, height);
    write(to, at.v, 0, stride);
    const exponentials = new ArgumentBlock()
      .i32(at.costs, at.K, 0, at.u, at.v, height, stride, rowsPerChunk)
      .f64(1 / eps)
      .f64(-745);
    call("kernel", exponentials, exponentialTime);
    write(to, at.a, a, height);
    write(to, at.b, b, stride);
    /** Combines what the chunks of rows gave: scalings of the columns, or their sums at `sums`. */
    const updateColumns = (omega: number, sums: number): void => {
      const block = new ArgumentBlock()
        .i32(at.parts, at.v, at.b, at.reports + 32 * chunks, chunks, stride, sums, 0)
        .f64(omega);
      w.kernels.call("updateColumns", block.words);
    };
    return body({
      rows(v, omega) {
        // Over-relaxation multiplies by (target / (old · product))^ω: with the weight as the old scaling that is the
        // damped update.
        write(to, at.u, a, height);
        write(to, at.v, v, stride);
        const block = new ArgumentBlock()
          .i32(at.K, at.v, at.u, at.a, at.parts, at.reports, height, stride, rowsPerChunk, 0)
          .f64(omega);
        call("sweepRows", block, productTime);
        return w.readF64(at.u, a.length);
      },
      columns(omega) {
        write(to, at.v, b, stride);
        updateColumns(omega, 0);
        return w.readF64(at.v, b.length);
      },
      moments(u, v) {
        write(to, at.u, u, height);
        write(to, at.v, v, stride);
        const block = new ArgumentBlock()
          .i32(at.K, at.costs, at.u, at.v, at.p, at.parts, at.reports)
          .i32(height, stride, rowsPerChunk);
        call("scaledMoments", block, 2 * productTime);
        const linear = w.readF64(at.reports, chunks).reduce((x, y) => x + y, 0);
        updateColumns(1, at.q);
        const q = w.readF64(at.q, b.length).map((sum, j) => sum * (v[j] as number));
        return { p: w.readF64(at.p, a.length), q, linear };
      },
    });
  });
}
