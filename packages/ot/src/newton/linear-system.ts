import { ArgumentBlock } from "@x/tensor/kernels";
import type { DenseProblem } from "../sinkhorn/dense-problem";
import type { Evaluation } from "../sinkhorn/session";
import { choleskyTime, DenseFactor } from "./cholesky";
import { multiply, type SparsePlan, sparsePlan } from "./sparse-plan";

/** Columns up to which S is factored when conjugate gradients are too slow. */
const LARGEST_FACTOR = 2000;
/** Most conjugate gradient steps, whatever they cost. */
const MOST_STEPS = 1000;
/** Nanoseconds of a conjugate gradient step for an entry of B and for a column. */
const [ENTRY_NANOSECONDS, COLUMN_NANOSECONDS] = [2.5, 8];

/** How Δ is computed. */
export interface SystemOptions {
  /** Entries of P up to this are dropped. */
  readonly threshold: number;
  /** δ of S = (1 + δ)I − BᵀB/(1 + δ). */
  readonly delta: number;
  /** Reduction of the residual that conjugate gradients aim at. */
  readonly reduction: number;
}

/** A Newton direction for the exponents x and y. */
export interface Direction {
  readonly dx: Float64Array;
  readonly dy: Float64Array;
  /** gᵀΔ of the gradient g = (a − p, b − q). */
  readonly slope: number;
  readonly nnz: number;
  /** Conjugate gradient steps. */
  readonly cg: number;
  /** Whether S was factored. */
  readonly factored: boolean;
}

/**
 * Solves the sparsified Newton equations
 *
 * D(p) Δx + P̃ Δy = a − p, P̃ᵀ Δx + D(q) Δy = b − q
 *
 * through the Schur complement of the columns, scaled by p^½ and q^½: conjugate gradients as long as they promise to be
 * cheaper than a factorisation, then Cholesky.
 */
export class NewtonSystem {
  readonly #problem: DenseProblem;
  #factor: DenseFactor | undefined;
  readonly #work: number;
  /** Conjugate gradients failed on the last system, and the next will not be easier. */
  #hard = false;

  constructor(problem: DenseProblem) {
    this.#problem = problem;
    this.#work = problem.workspace.f64(6 * problem.stride + 2);
  }

  /** For the plan in memory, with its marginals. */
  solve(marginals: Evaluation, options: SystemOptions): Direction {
    const problem = this.#problem;
    const plan = sparsePlan(problem, marginals, options.threshold);
    try {
      return this.#solve(marginals, plan, options);
    } finally {
      plan.release();
    }
  }

  #solve({ p, q }: Evaluation, plan: SparsePlan, options: SystemOptions): Direction {
    const { a, b } = this.#problem;
    const one = 1 + options.delta;
    const hx = p.map((value, i) => ((a[i] as number) - value) * (plan.rowScale[i] as number));
    const hy = q.map((value, j) => ((b[j] as number) - value) * (plan.columnScale[j] as number));
    const back = multiply(this.#problem, plan, hx, true);
    const g = hy.map((h, j) => h - (back[j] as number) / one);
    const { v, cg, factored } = this.#schur(plan, g, options);
    const forth = multiply(this.#problem, plan, v, false);
    let slope = 0;
    const dx = hx.map((h, i) => {
      const u = (h - (forth[i] as number)) / one;
      slope += u * h;
      return u * (plan.rowScale[i] as number);
    });
    const dy = v.map((value, j) => {
      slope += value * (hy[j] as number);
      return value * (plan.columnScale[j] as number);
    });
    return { dx, dy, slope, nnz: plan.nnz, cg, factored };
  }

  #schur(
    plan: SparsePlan,
    g: Float64Array,
    options: SystemOptions,
  ): { v: Float64Array; cg: number; factored: boolean } {
    const { columns } = this.#problem;
    const factorable = columns <= LARGEST_FACTOR;
    const step = ENTRY_NANOSECONDS * plan.nnz + COLUMN_NANOSECONDS * columns;
    const cap = factorable
      ? Math.min(MOST_STEPS, Math.floor(choleskyTime(this.#problem, plan) / step))
      : MOST_STEPS;
    let cg = 0;
    if (!(factorable && (this.#hard || cap < 8))) {
      const found = this.#iterate(plan, g, options, cap);
      if (found.reached || !factorable) return { v: found.v, cg: found.steps, factored: false };
      this.#hard = true;
      cg = found.steps;
    }
    this.#factor ??= new DenseFactor(this.#problem);
    this.#factor.factor(plan, options.delta);
    return { v: this.#factor.solve(g), cg, factored: true };
  }

  #iterate(
    plan: SparsePlan,
    g: Float64Array,
    { delta, reduction }: SystemOptions,
    cap: number,
  ): { v: Float64Array; steps: number; reached: boolean } {
    const { workspace, height, stride, columns } = this.#problem;
    const { kernels } = workspace;
    const [right, work] = [this.#work, this.#work + 16 * stride];
    const [solution, report] = [right + 8 * stride, this.#work + 48 * stride];
    const target = kernels.f64.subarray(right / 8, right / 8 + stride);
    target.set(g);
    target.fill(0, columns);
    const block = new ArgumentBlock()
      .i32(plan.starts, plan.columns, plan.values, height, stride)
      .i32(right, solution, work, report, cap, 0, 0)
      .f64(delta)
      .f64(reduction);
    kernels.call("conjugateGradients", block.words);
    const [steps, reduced] = workspace.readF64(report, 2) as unknown as [number, number];
    return { v: workspace.readF64(solution, columns), steps, reached: reduced <= reduction };
  }

  /** Forgets that conjugate gradients failed: the problem has changed. */
  reset(): void {
    this.#hard = false;
  }
}
