import { ArgumentBlock } from "@x/tensor/kernels";
import { type DenseProblem, productTime, type Report, readReports, sweep } from "./dense-problem";

/** An anchor serves until the error has fallen by this, some hundred roundings of single precision; */
const FALL = 1e-5;
/** or for so many iterations, so that what single precision has lost does not stay. */
const LONGEST = 32;

/** Entries of K from which the single precision is worth its additional steps. */
const WORTH = 1 << 16;

/** Addresses of what iterations in single precision need. */
export interface SingleBlock {
  /** K, v − v₀ and the parts of Kᵀ(u − u₀) in single precision. */
  readonly kernel: number;
  readonly difference: number;
  readonly parts: number;
  /** u₀, v₀, Kv₀, Kᵀu₀. */
  readonly u: number;
  readonly v: number;
  readonly r: number;
  readonly c: number;
}

/** Least exponent of which single precision holds the lifted exponential, */
export const LEAST = -120;
/** and the largest one. */
const LARGEST = 40;

/**
 * Memory for iterations in single precision, if all of K lies in its range: once for all problems with the same costs.
 *
 * @param cutoff - exponents below it are left out
 * @param f - exponents of the rows, which K = exp(f + g − ηC) contains
 */
export function singleBlock(
  { kernel, workspace, height, stride, chunks, range }: DenseProblem,
  eta: number,
  cutoff: number,
  f: Float64Array,
  g: Float64Array,
): SingleBlock | undefined {
  const least = (z: Float64Array): number => z.reduce((x, y) => Math.min(x, y));
  const largest = (z: Float64Array): number => z.reduce((x, y) => Math.max(x, y));
  const low = Math.max(cutoff, least(f) + least(g) - range * eta);
  const fits = low >= LEAST && largest(f) + largest(g) <= LARGEST;
  if (!fits || height * stride < WORTH) return undefined;
  kernel.single ??= {
    kernel: workspace.i32(height * stride),
    difference: workspace.i32(stride),
    parts: workspace.i32(chunks * stride),
    u: workspace.f64(height),
    v: workspace.f64(stride),
    r: workspace.f64(height),
    c: workspace.f64(stride),
  };
  return kernel.single;
}

/**
 * Iterations of Sinkhorn on K = `at.plan` that read it in single precision: half the memory, twice the speed.
 *
 * From time to time one in double precision gives sums r = Kv₀ and c = Kᵀu₀. The others compute Kv = r + K(v − v₀)
 * with K and the difference in single precision, so that they err by 10⁻⁷ of the distance from the anchor, not of the
 * sums: the fixed point is that of the matrix in double precision.
 */
export class SingleSweeps {
  readonly #problem: DenseProblem;
  readonly #at: SingleBlock;
  #since = 0;
  #anchorError = 1;

  /**
   * Begins with the anchor u₀ = v₀ = 0, whose sums are 0; or, if the scalings may be close to the solution, with an
   * iteration in double precision.
   */
  constructor(problem: DenseProblem, block: SingleBlock, warm: boolean) {
    const { workspace, height, stride } = problem;
    this.#problem = problem;
    this.#at = block;
    if (warm) this.#since = LONGEST;
    const { f64 } = workspace.kernels;
    for (const [address, length] of [
      [this.#at.u, height],
      [this.#at.r, height],
      [this.#at.v, stride],
      [this.#at.c, stride],
    ] as const)
      f64.fill(0, address / 8, address / 8 + length);
    this.#placeDifference();
  }

  /** Whether the next iteration is to be {@link anchor}, after one with this error. */
  due(error: number): boolean {
    return this.#since >= LONGEST || error < FALL * this.#anchorError;
  }

  /** A plain iteration in double precision. */
  anchor(): { rows: Report; columns: Report } {
    const { workspace, at, a, b, height, stride } = this.#problem;
    const { f64 } = workspace.kernels;
    const copy = (to: number, from: number, length: number): void => {
      f64.copyWithin(to / 8, from / 8, from / 8 + length);
    };
    const quotients = (to: number, targets: Float64Array, from: number): void => {
      targets.forEach((target, i) => {
        f64[to / 8 + i] = target / (f64[from / 8 + i] as number);
      });
    };
    copy(this.#at.v, at.v, stride);
    const reports = sweep(this.#problem, 1);
    copy(this.#at.u, at.u, height);
    quotients(this.#at.r, a, at.u);
    quotients(this.#at.c, b, at.v);
    this.#placeDifference();
    this.#since = 0;
    this.#anchorError = reports.rows.error + reports.columns.error;
    return reports;
  }

  /** An iteration in single precision, over-relaxed by ω. */
  sweep(omega: number): { rows: Report; columns: Report } {
    const { workspace, at, height, stride, rowsPerChunk, chunks } = this.#problem;
    const { kernel, difference, parts, u, v, r, c } = this.#at;
    const rows = new ArgumentBlock()
      .i32(kernel, difference, at.u, at.a, parts, at.reports)
      .i32(height, stride, rowsPerChunk, r, u, 0)
      .f64(omega);
    const time = (productTime / 2) * height * stride;
    workspace.kernels.call("sweepRowsSingle", rows.words, chunks, time);
    const report = at.reports + 32 * chunks;
    const columns = new ArgumentBlock()
      .i32(parts, at.v, at.b, report, chunks, stride, c, v, difference, 0)
      .f64(omega);
    workspace.kernels.call("updateColumnsSingle", columns.words);
    this.#since++;
    return readReports(this.#problem);
  }

  /** Takes note that v is no longer what the last iteration has made it. */
  moved(): void {
    this.#placeDifference();
  }

  #placeDifference(): void {
    const { workspace, at, stride } = this.#problem;
    const { f32, f64 } = workspace.kernels;
    const { difference, v } = this.#at;
    for (let j = 0; j < stride; j++)
      f32[difference / 4 + j] = (f64[at.v / 8 + j] as number) - (f64[v / 8 + j] as number);
  }
}
