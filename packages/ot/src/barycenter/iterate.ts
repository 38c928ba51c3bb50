import type { LogKernel } from "./log-kernel";

/** An entropic barycenter to find: K histograms over m bins, sought over n bins. */
export interface BarycenterProblem {
  /** Logarithms of the histograms, [K, m]. */
  readonly logA: Float64Array;
  /** λ_k > 0 of sum 1. */
  readonly lambda: Float64Array;
  readonly n: number;
  readonly m: number;
  readonly debiased: boolean;
  readonly tol: number;
  readonly maxIterations: number;
}

/** Where the iterations ended. */
export interface BarycenterEnd {
  readonly p: Float64Array;
  readonly errors: number[];
}

/** Σ over bins of the standard deviation over k of exp(x_k + y_k). */
function disagreement(x: Float64Array, y: Float64Array, count: number, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    let [mean, squares] = [0, 0];
    for (let k = 0; k < count; k++) {
      const value = Math.exp((x[k * n + i] as number) + (y[k * n + i] as number));
      const step = value - mean;
      mean += step / (k + 1);
      squares += step * (value - mean);
    }
    sum += Math.sqrt(squares / count);
  }
  return sum;
}

/**
 * Iterative Bregman projections on logarithms: v = A / Kᵀu, p = d Π (K v_k)^λ_k, u_k = p / K v_k.
 *
 * Debiased, d solves d ∘ K d = p; otherwise it is 1.
 */
export function iterate(problem: BarycenterProblem, kernel: LogKernel): BarycenterEnd {
  const { logA, lambda, n, debiased, tol, maxIterations } = problem;
  const count = lambda.length;
  const u = new Float64Array(count * n);
  const d = new Float64Array(n);
  const p = new Float64Array(n);
  const errors: number[] = [];
  for (let error = Infinity; error > tol && errors.length < maxIterations; errors.push(error)) {
    const v = kernel.columns(u, count);
    for (let i = 0; i < v.length; i++) v[i] = (logA[i] as number) - (v[i] as number);
    const w = kernel.rows(v, count);
    error = disagreement(u, w, count, n);
    for (let i = 0; i < n; i++) {
      let log = d[i] as number;
      for (let k = 0; k < count; k++) log += (lambda[k] as number) * (w[k * n + i] as number);
      p[i] = log;
      for (let k = 0; k < count; k++) u[k * n + i] = log - (w[k * n + i] as number);
    }
    if (debiased) error += updateDebiasing(kernel, p, d);
  }
  return { p: p.map(Math.exp), errors };
}

/** d ← √(d p / K d). @returns ‖d ∘ K d − p‖₁ before it */
function updateDebiasing(kernel: LogKernel, p: Float64Array, d: Float64Array): number {
  const spread = kernel.rows(d, 1);
  let error = 0;
  for (let i = 0; i < d.length; i++) {
    const own = (d[i] as number) + (spread[i] as number);
    error += Math.abs(Math.exp(own) - Math.exp(p[i] as number));
    d[i] = ((d[i] as number) + (p[i] as number) - (spread[i] as number)) / 2;
  }
  return error;
}
