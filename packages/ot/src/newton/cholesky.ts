import { ArgumentBlock } from "@x/tensor/kernels";
import type { DenseProblem } from "../sinkhorn/dense-problem";
import type { SparsePlan } from "./sparse-plan";

/** Order of the blocks that the kernels work on. */
const BLOCK = 64;
/** Nanoseconds for a multiplication with addition, one thread. */
const PRODUCT_NANOSECONDS = 0.35;

/** Rough time to form and factor S, in nanoseconds. */
export const choleskyTime = ({ columns }: DenseProblem, { squares }: SparsePlan): number =>
  (PRODUCT_NANOSECONDS * columns ** 3) / 3 + squares;

/** Memory for a factor, kept for all steps of a solver. */
export class DenseFactor {
  readonly #problem: DenseProblem;
  readonly #order: number;
  readonly #matrix: number;
  readonly #copy: number;
  readonly #vector: number;

  constructor(problem: DenseProblem) {
    this.#problem = problem;
    this.#order = Math.ceil(problem.columns / BLOCK) * BLOCK;
    this.#matrix = problem.workspace.f64(this.#order * this.#order);
    this.#copy = problem.workspace.f64(BLOCK * this.#order);
    this.#vector = problem.workspace.f64(this.#order);
  }

  /**
   * Factors S = (1 + δ)I − BᵀB/(1 + δ), raising δ tenfold until all pivots are positive.
   *
   * @returns the δ that was used
   */
  factor(plan: SparsePlan, delta: number): number {
    for (let shift = delta; ; shift *= 10) {
      this.#form(plan, shift);
      if (this.#eliminate()) return shift;
    }
  }

  /** S⁻¹ g. */
  solve(g: Float64Array): Float64Array {
    const { kernels } = this.#problem.workspace;
    const x = kernels.f64.subarray(this.#vector / 8, this.#vector / 8 + this.#order);
    x.set(g);
    x.fill(0, g.length);
    kernels.call("choleskySolve", [this.#matrix, this.#order, this.#vector]);
    return this.#problem.workspace.readF64(this.#vector, g.length);
  }

  #form(plan: SparsePlan, delta: number): void {
    const { workspace, height, columns } = this.#problem;
    // The last digit of the diagonal keeps pivots of an exactly singular S positive.
    const block = new ArgumentBlock()
      .i32(plan.starts, plan.columns, plan.values, height, this.#matrix, this.#order, columns, 0)
      .f64(delta + 1e-15);
    workspace.kernels.call(
      "schur",
      block.words,
      this.#order / BLOCK,
      plan.squares + this.#order ** 2 / 4,
    );
  }

  #eliminate(): boolean {
    const { kernels } = this.#problem.workspace;
    const order = this.#order;
    for (let first = 0; first < order; first += BLOCK) {
      const pivot = this.#vector;
      kernels.f64[pivot / 8] = Infinity;
      kernels.call("choleskyBlock", [this.#matrix, order, first, pivot]);
      if (!((kernels.f64[pivot / 8] as number) > 0)) return false;
      const below = (order - first) / BLOCK - 1;
      if (below === 0) return true;
      const words = [this.#matrix, order, first, this.#copy];
      const work = PRODUCT_NANOSECONDS * BLOCK ** 3;
      kernels.call("choleskyPanel", words, below, below * work);
      const tiles = (below * (below + 1)) / 2;
      kernels.call("choleskyTrailing", words, tiles, tiles * work);
    }
    return true;
  }
}
