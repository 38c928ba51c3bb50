import { ArgumentBlock } from "@x/tensor/kernels";
import type { DenseProblem } from "../sinkhorn/dense-problem";
import type { Evaluation } from "../sinkhorn/session";
import { choleskyTime, DenseFactor } from "./cholesky";
import { sparseDirection } from "./sparse-direction";
import { multiply, type SparsePlan, sparsePlan } from "./sparse-plan";

/** Columns up to which S is factored when conjugate gradients are too slow. */
const LARGEST_FACTOR = 2000;
/** Most conjugate gradient steps, whatever they cost. */
const MOST_STEPS = 1000;
/** Nanoseconds of a product in a sparse factorisation. */
const PRODUCT_NANOSECONDS = 3.5;
/** What an exact direction may cost in units of conjugate gradients that end without one, where S is too large. */
const EXACT = 2;
/** Nanoseconds for a node and for an edge before the first product: order, pattern and memory. */
const ORDERING_NANOSECONDS = 600;
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

/** How a linear system was factored: as a sparse matrix of order n + m, as the dense S, or not at all. */
export type Factored = "sparse" | "dense" | false;

/** A Newton direction for the exponents x and y. */
export interface Direction {
  readonly dx: Float64Array;
  readonly dy: Float64Array;
  /** gᵀΔ of the gradient g = (a − p, b − q). */
  readonly slope: number;
  readonly nnz: number;
  /** Conjugate gradient steps. */
  readonly cg: number;
  /** How the system was factored. */
  readonly factored: Factored;
}

/** Δ, and how it was found. */
type Solution = Omit<Direction, "slope" | "nnz">;

/** The right-hand side scaled by p^−½ and q^−½, and that of the Schur complement. */
interface RightSide {
  readonly hx: Float64Array;
  readonly g: Float64Array;
}

/** What conjugate gradients found. */
interface Iterations {
  readonly v: Float64Array;
  readonly steps: number;
  readonly reached: boolean;
}

/**
 * Solves the sparsified Newton equations
 *
 * D(p) Δx + P̃ Δy = a − p, P̃ᵀ Δx + D(q) Δy = b − q
 *
 * through the Schur complement of the columns, scaled by p^½ and q^½: conjugate gradients as long as they promise to be
 * cheaper than a factorisation. Then all of it is factored as a sparse matrix, or the Schur complement as a dense one,
 * whichever takes less.
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
    const { a, b } = this.#problem;
    const { p, q } = marginals;
    const plan = sparsePlan(this.#problem, marginals, options.threshold);
    try {
      const solution = this.#solve(marginals, plan, options);
      let slope = 0;
      solution.dx.forEach((dx, i) => {
        slope += dx * ((a[i] as number) - (p[i] as number));
      });
      solution.dy.forEach((dy, j) => {
        slope += dy * ((b[j] as number) - (q[j] as number));
      });
      return { ...solution, slope, nnz: plan.nnz };
    } finally {
      plan.release();
    }
  }

  #solve(marginals: Evaluation, plan: SparsePlan, options: SystemOptions): Solution {
    const { columns } = this.#problem;
    const right = this.#rightSide(marginals, plan, options);
    const factorable = columns <= LARGEST_FACTOR;
    const dense = factorable ? choleskyTime(this.#problem, plan) : Infinity;
    const step = ENTRY_NANOSECONDS * plan.nnz + COLUMN_NANOSECONDS * columns;
    const cap = Math.min(MOST_STEPS, Math.floor(dense / step));
    const tried = this.#hard || cap < 8 ? undefined : this.#iterate(plan, right, options, cap);
    if (tried?.reached) return this.#iterated(plan, right, options, tried);
    if (tried !== undefined) this.#hard = true;
    const cg = tried?.steps ?? 0;
    const worth = Math.min(dense, EXACT * MOST_STEPS * step);
    const sparse = this.#sparse(marginals, plan, options, worth);
    if (sparse !== undefined) return { ...sparse, cg, factored: "sparse" };
    if (!factorable) {
      const found = tried ?? this.#iterate(plan, right, options, cap);
      return this.#iterated(plan, right, options, found);
    }
    this.#factor ??= new DenseFactor(this.#problem);
    this.#factor.factor(plan, options.delta);
    const v = this.#factor.solve(right.g);
    return { ...this.#expand(plan, right, options, v), cg, factored: "dense" };
  }

  /** By a sparse factorisation, if that takes less than some time. */
  #sparse(
    marginals: Evaluation,
    plan: SparsePlan,
    { delta }: SystemOptions,
    nanoseconds: number,
  ): Pick<Direction, "dx" | "dy"> | undefined {
    const { rows, columns } = this.#problem;
    const rest = nanoseconds - ORDERING_NANOSECONDS * (rows + columns + plan.nnz);
    if (rest < 0) return undefined;
    return sparseDirection(this.#problem, marginals, plan, delta, rest / PRODUCT_NANOSECONDS);
  }

  #rightSide({ p, q }: Evaluation, plan: SparsePlan, { delta }: SystemOptions): RightSide {
    const { a, b } = this.#problem;
    const hx = p.map((value, i) => ((a[i] as number) - value) * (plan.rowScale[i] as number));
    const back = multiply(this.#problem, plan, hx, true);
    const g = q.map((value, j) => {
      const h = ((b[j] as number) - value) * (plan.columnScale[j] as number);
      return h - (back[j] as number) / (1 + delta);
    });
    return { hx, g };
  }

  /** Δ of the scaled Δy = v. */
  #expand(
    plan: SparsePlan,
    { hx }: RightSide,
    { delta }: SystemOptions,
    v: Float64Array,
  ): Pick<Direction, "dx" | "dy"> {
    const forth = multiply(this.#problem, plan, v, false);
    const dx = hx.map(
      (h, i) => ((h - (forth[i] as number)) / (1 + delta)) * (plan.rowScale[i] as number),
    );
    return { dx, dy: v.map((value, j) => value * (plan.columnScale[j] as number)) };
  }

  #iterated(
    plan: SparsePlan,
    right: RightSide,
    options: SystemOptions,
    { v, steps }: Iterations,
  ): Solution {
    return { ...this.#expand(plan, right, options, v), cg: steps, factored: false };
  }

  #iterate(
    plan: SparsePlan,
    { g }: RightSide,
    { delta, reduction }: SystemOptions,
    cap: number,
  ): Iterations {
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
