import { feasibilityNote } from "../internal/bottleneck";
import { total } from "../internal/read";
import type { OTProgress, OTResult } from "../result";
import { denseResult } from "../sinkhorn/result";
import type { BatchProblem } from "./batch-kernels";

/** How the iterations of a problem ended. */
export interface End {
  readonly iterations: number;
  readonly history: readonly OTProgress[];
}

/** Potentials of all problems, and how each ended. */
export interface Run {
  readonly f: Float64Array;
  readonly g: Float64Array;
  readonly ends: readonly End[];
}

/** Potentials at points without mass, whose own iterations were idle, are those of the update formula. */
function softMinimum(
  count: number,
  eps: number,
  potential: (k: number) => number,
  weight: (k: number) => number,
  cost: (k: number) => number,
): number {
  let top = -Infinity;
  for (let k = 0; k < count; k++)
    if (weight(k) > 0) top = Math.max(top, (potential(k) - cost(k)) / eps);
  if (top === -Infinity) return 0;
  let sum = 0;
  for (let k = 0; k < count; k++)
    if (weight(k) > 0) sum += weight(k) * Math.exp((potential(k) - cost(k)) / eps - top);
  return -eps * (top + Math.log(sum));
}

/** The result of one problem of a batch. */
export function problemResult(
  { n, m, costs: allCosts, a: A, b: B, eps: epsilons }: BatchProblem,
  k: number,
  run: Run,
  { iterations, history }: End,
  { tol, raised }: { readonly tol: number; readonly raised: number },
): OTResult {
  const part = (x: Float64Array, width: number): Float64Array =>
    x.slice(k * width, (k + 1) * width);
  const [costs, a, b] = [part(allCosts, n * m), part(A, n), part(B, m)];
  const [f, g] = [part(run.f, n), part(run.g, m)];
  const eps = epsilons[k] as number;
  const [f0, g0] = [f.slice(), g.slice()];
  for (let i = 0; i < n; i++)
    if (a[i] === 0)
      f[i] = softMinimum(
        m,
        eps,
        (j) => g0[j] as number,
        (j) => b[j] as number,
        (j) => costs[i * m + j] as number,
      );
  for (let j = 0; j < m; j++)
    if (b[j] === 0)
      g[j] = softMinimum(
        n,
        eps,
        (i) => f0[i] as number,
        (i) => a[i] as number,
        (i) => costs[i * m + j] as number,
      );
  const mean = (w: Float64Array, x: Float64Array): number =>
    total(w.map((wi, i) => wi * (x[i] as number)));
  const shift = (mean(b, g) - mean(a, f)) / (total(a) + total(b));
  const plan = { a, b, f: f.map((x) => x + shift), g: g.map((x) => x - shift), eps, costs };
  const trial = denseResult(plan, {
    iterations,
    history,
    converged: false,
    status: "",
    Y: undefined,
  });
  const converged = trial.marginalError <= raised * total(a);
  const error = trial.marginalError.toExponential(2);
  const reason = (): string =>
    feasibilityNote({ data: costs, rows: n, columns: m }, a, b) ??
    "more iterations, a larger eps or sinkhorn, which can go on by Newton's method, may help";
  const notes = [converged ? "converged" : `not at most ${raised}; ${reason()}`];
  if (raised > tol)
    notes.push(`tol raised to ${raised.toExponential(1)}, what the kernels resolve at this eps`);
  const status = `${iterations} iterations, marginal error ${error}, ${notes.join("; ")}`;
  return { ...trial, converged, status };
}
