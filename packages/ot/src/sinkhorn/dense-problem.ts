import { ArgumentBlock } from "@x/tensor/kernels";
import type { Matrix } from "../internal/read";
import type { Workspace } from "../internal/workspace";
import { type Layout, layoutOf } from "./kernels";
import type { SingleBlock } from "./single";

/**
 * A balanced problem of unit mass with positive weights in the kernels' memory.
 *
 * Costs are less the least of their row and then of their column, so that they are ≥ 0 with zeros in every row and column.
 */
export interface DenseProblem extends Layout {
  readonly workspace: Workspace;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly logA: Float64Array;
  readonly logB: Float64Array;
  /** What was subtracted from the costs. */
  readonly rowShift: Float64Array;
  readonly columnShift: Float64Array;
  /** The largest finite cost that remained. */
  readonly range: number;
  /** η if the matrix at `at.plan` is exp(−ηC), else NaN; and, if they were used, addresses of {@link SingleBlock}. */
  readonly kernel: { eta: number; single?: SingleBlock };
  /** Addresses of matrices [height, stride] and of vectors, padded with zeros, of rows and of columns. */
  readonly at: Addresses;
}

interface Addresses {
  readonly costs: number;
  /** The kernel K or the plan P, whichever was computed last. */
  readonly plan: number;
  readonly a: number;
  readonly b: number;
  readonly logA: number;
  /** Scalings. */
  readonly u: number;
  readonly v: number;
  /** Exponents of rows and columns: P = exp(x + y − ηC). */
  readonly x: number;
  readonly y: number;
  /** Marginals of P. */
  readonly p: number;
  readonly q: number;
  /** Column sums of every chunk of rows. */
  readonly parts: number;
  /** Four numbers of every chunk, and four more. */
  readonly reports: number;
  /** A row for every chunk. */
  readonly buffers: number;
}

/** Nanoseconds for an entry in a pass of products, and in one with an exponential: measured, one thread. */
export const productTime = 0.6;
export const exponentialTime = 4;

const logs = (weights: Float64Array): Float64Array => weights.map(Math.log);

/** Puts a problem into memory; a and b have the same sum, 1, and no zeros. */
export function denseProblem(
  workspace: Workspace,
  costs: Matrix,
  a: Float64Array,
  b: Float64Array,
): DenseProblem {
  const layout = layoutOf(costs.rows, costs.columns);
  const { height, stride, chunks } = layout;
  const at: Addresses = {
    costs: workspace.f64(height * stride),
    plan: workspace.f64(height * stride),
    a: workspace.f64(height),
    b: workspace.f64(stride),
    logA: workspace.f64(height),
    u: workspace.f64(height),
    v: workspace.f64(stride),
    x: workspace.f64(height),
    y: workspace.f64(stride),
    p: workspace.f64(height),
    q: workspace.f64(stride),
    parts: workspace.f64(chunks * stride),
    reports: workspace.f64(4 * (chunks + 1)),
    buffers: workspace.f64(chunks * stride),
  };
  placeCosts(workspace, at.costs, costs, layout);
  const [logA, logB] = [logs(a), logs(b)];
  const problem = { ...layout, workspace, a, b, logA, logB, at, kernel: { eta: NaN } };
  setTargets(problem, a, b);
  return { ...problem, ...shiftCosts(workspace, layout, at) };
}

/** Copies costs to rows of a stride; infinite beyond them. */
export function placeCosts(
  { kernels }: Workspace,
  address: number,
  { data, rows, columns }: Matrix,
  { height, stride }: Layout,
): void {
  const out = kernels.f64.subarray(address / 8, address / 8 + height * stride);
  if (columns === stride) out.set(data);
  else {
    for (let i = 0; i < rows; i++) {
      out.set(data.subarray(i * columns, (i + 1) * columns), i * stride);
      out.fill(Infinity, i * stride + columns, (i + 1) * stride);
    }
  }
  out.fill(Infinity, rows * stride);
}

/** Copies a vector to memory, with `rest` up to the padded length. */
export function write(
  { workspace }: { readonly workspace: Workspace },
  address: number,
  values: Float64Array | number,
  length: number,
  rest: number = 0,
): void {
  const out = workspace.kernels.f64.subarray(address / 8, address / 8 + length);
  if (typeof values === "number") out.fill(values);
  else {
    out.set(values);
    out.fill(rest, values.length);
  }
}

/** The problem with the same costs and other weights. */
export function withWeights(problem: DenseProblem, a: Float64Array, b: Float64Array): DenseProblem {
  const other = { ...problem, a, b, logA: logs(a), logB: logs(b) };
  setTargets(other, a, b);
  return other;
}

/** The marginals that iterations aim at. */
function setTargets(
  problem: Layout & {
    readonly workspace: Workspace;
    readonly at: Addresses;
    readonly logA: Float64Array;
  },
  a: Float64Array,
  b: Float64Array,
): void {
  const { at, height, stride } = problem;
  write(problem, at.a, a, height);
  write(problem, at.b, b, stride);
  write(problem, at.logA, problem.logA, height, -Infinity);
}

function shiftCosts(
  workspace: Workspace,
  { rows, columns, height, stride, rowsPerChunk, chunks }: Layout,
  at: Addresses,
): Pick<DenseProblem, "rowShift" | "columnShift" | "range"> {
  const { kernels } = workspace;
  const time = height * stride;
  const words = [at.costs, at.p, at.parts, height, stride, rowsPerChunk];
  kernels.call("rowShift", words, chunks, time);
  const least = workspace.readF64(at.parts, stride);
  for (let k = 1; k < chunks; k++) {
    const part = kernels.f64.subarray(at.parts / 8 + k * stride, at.parts / 8 + (k + 1) * stride);
    for (let j = 0; j < stride; j++) least[j] = Math.min(least[j] as number, part[j] as number);
  }
  for (let j = 0; j < stride; j++) if (least[j] === Infinity) least[j] = 0;
  const rowShift = workspace.readF64(at.p, rows);
  write({ workspace }, at.q, least, stride);
  const rest = [at.costs, at.q, at.reports, height, stride, rowsPerChunk];
  kernels.call("columnShift", rest, chunks, time);
  const range = workspace.readF64(at.reports, chunks).reduce((x, y) => Math.max(x, y), 0);
  return { rowShift, columnShift: least.slice(0, columns), range };
}

/** Σ P C and whether P is stored; see {@link gibbs}. */
interface GibbsOptions {
  /** Whether the matrix is kept at `at.plan`; default true. */
  readonly keep?: boolean;
  /** Exponents below it give 0; default −745. */
  readonly cutoff?: number;
}

/**
 * P = exp(x + y − ηC) for the x and y in memory, and its marginals at `at.p` and `at.q`.
 *
 * @returns ⟨P, C⟩ of the shifted costs
 */
export function gibbs(problem: DenseProblem, eta: number, options: GibbsOptions = {}): number {
  const { at, height, stride, rowsPerChunk, chunks, workspace } = problem;
  const { keep = true, cutoff = -745 } = options;
  if (keep) problem.kernel.eta = NaN;
  const inner = at.reports;
  const block = new ArgumentBlock()
    .i32(at.costs, keep ? at.plan : 0, at.x, at.y, at.p, at.parts, inner)
    .i32(height, stride, rowsPerChunk, at.buffers, 0)
    .f64(eta)
    .f64(cutoff);
  workspace.kernels.call("gibbs", block.words, chunks, exponentialTime * height * stride);
  let sum = 0;
  for (let k = 0; k < chunks; k++) sum += workspace.kernels.f64[inner / 8 + k] as number;
  columnsOf(problem, 1, at.q);
  return sum;
}

/**
 * Marginals, at `at.p` and `at.q`, of the plan u K v of the scalings and the matrix in memory: a pass without exponentials.
 *
 * @returns ⟨P, C⟩ of the shifted costs
 */
export function scaledMoments(problem: DenseProblem): number {
  const { at, height, stride, rowsPerChunk, chunks, workspace } = problem;
  const inner = at.reports;
  const words = [
    at.plan,
    at.costs,
    at.u,
    at.v,
    at.p,
    at.parts,
    inner,
    height,
    stride,
    rowsPerChunk,
  ];
  workspace.kernels.call("scaledMoments", words, chunks, 2 * productTime * height * stride);
  let sum = 0;
  for (let k = 0; k < chunks; k++) sum += workspace.kernels.f64[inner / 8 + k] as number;
  columnsOf(problem, 1, at.q);
  const { f64 } = workspace.kernels;
  for (let j = 0; j < stride; j++)
    f64[at.q / 8 + j] = (f64[at.q / 8 + j] as number) * (f64[at.v / 8 + j] as number);
  return sum;
}

/** What a pass tells of rows or columns. */
export interface Report {
  /** Violation of the marginals before the update. */
  readonly error: number;
  /** Least and largest scaling in units of the weight. */
  readonly low: number;
  readonly high: number;
}

/** One iteration of Sinkhorn on K = `at.plan`: u = a / Kv, v = b / Kᵀu, over-relaxed by ω. */
export function sweep(problem: DenseProblem, omega: number): { rows: Report; columns: Report } {
  const { at, height, stride, rowsPerChunk, chunks, workspace } = problem;
  const block = new ArgumentBlock()
    .i32(at.plan, at.v, at.u, at.a, at.parts, at.reports, height, stride, rowsPerChunk, 0)
    .f64(omega);
  workspace.kernels.call("sweepRows", block.words, chunks, productTime * height * stride);
  columnsOf(problem, omega, 0);
  return readReports(problem);
}

/** What the passes over rows and columns have reported. */
export function readReports({ at, chunks, workspace }: DenseProblem): {
  rows: Report;
  columns: Report;
} {
  const { f64 } = workspace.kernels;
  const report = (first: number, count: number): Report => {
    let [error, low, high] = [0, Infinity, 0];
    for (let k = first; k < first + count; k++) {
      const i = at.reports / 8 + 4 * k;
      error += f64[i] as number;
      low = Math.min(low, f64[i + 1] as number);
      high = Math.max(high, f64[i + 2] as number);
    }
    return { error, low, high };
  };
  return { rows: report(0, chunks), columns: report(chunks, 1) };
}

function columnsOf(problem: DenseProblem, omega: number, sums: number): void {
  const { at, stride, chunks, workspace } = problem;
  const report = at.reports + 32 * chunks;
  const block = new ArgumentBlock()
    .i32(at.parts, at.v, at.b, report, chunks, stride, sums, 0)
    .f64(omega);
  workspace.kernels.call("updateColumns", block.words);
}

/**
 * One iteration of Sinkhorn on logarithms: x from y, and the column sums of the new plan at `at.q`; y stays.
 *
 * @returns violation of the rows before it
 */
export function logSweep(problem: DenseProblem, eta: number): number {
  const { at, height, stride, rowsPerChunk, chunks, workspace } = problem;
  const block = new ArgumentBlock()
    .i32(at.costs, at.x, at.y, at.logA, at.a, at.parts, at.reports)
    .i32(height, stride, rowsPerChunk, at.buffers, 0)
    .f64(eta);
  workspace.kernels.call("logSweepRows", block.words, chunks, exponentialTime * height * stride);
  const { f64 } = workspace.kernels;
  let error = 0;
  for (let k = 0; k < chunks; k++) error += f64[at.reports / 8 + 4 * k] as number;
  columnsOf(problem, 1, at.q);
  return error;
}
