import type { Tensor } from "@x/tensor";
import type { Values } from "./values";

/** One recorded moment of an iteration. */
export interface OTProgress {
  /** Which part of the method ran: `scaling`, `log`, `anneal`, `newton`, … */
  readonly stage: string;
  readonly iteration: number;
  /** ‖P1 − a‖₁ + ‖Pᵀ1 − b‖₁. */
  readonly marginalError: number;
}

/** The solution of an entropic problem between n and m weighted points; everything is f64. */
export interface OTResult {
  /** ⟨P, C⟩. */
  readonly linear: number;
  /** ⟨P, C⟩ + ε KL(P | a⊗b), where KL(P | Q) = Σ P log(P/Q) − ΣP + ΣQ for measures of any mass. */
  readonly value: number;
  /** ⟨P, C⟩ + ε Σ P log P. */
  readonly entropic: number;
  /** Dual potential of the rows, shape [n]: P_ij = a_i b_j exp((f_i + g_j − C_ij)/ε). */
  readonly f: Tensor;
  /** Dual potential of the columns, shape [m]. */
  readonly g: Tensor;
  /** ε of the last iterations. */
  readonly eps: number;
  /** The plan P, shape [n, m]; computed at the first call. */
  plan(): Tensor;
  /** P V without the plan, for V of shape [m] or [m, k]; inside grad, jit and vmap it throws a TraceError, unlike `plan().matmul(V)`. */
  apply(V: Values): Tensor;
  /** Pᵀ V without the plan, for V of shape [n] or [n, k]; otherwise as `apply`. */
  applyT(V: Values): Tensor;
  /**
   * Σ_j P_ij y_j / Σ_j P_ij, shape [n, d]; the origin where a row has no mass.
   *
   * @param Y - points of the second measure, shape [m, d]; may be omitted if the solver was given points
   */
  barycentricMap(Y?: Values): Tensor;
  /** ‖P1 − a‖₁ + ‖Pᵀ1 − b‖₁ of the returned potentials, for b rescaled to the mass of a. */
  readonly marginalError: number;
  readonly iterations: number;
  readonly converged: boolean;
  /** What was done, and why it stopped, in words; without convergence also whether forbidden pairs leave a plan at all. */
  readonly status: string;
  readonly history: readonly OTProgress[];
}

/** What all iterative solvers take. */
export interface SolverOptions {
  /** Largest marginal error to stop at, as a fraction of the mass; default 10⁻⁹. */
  readonly tol?: number | undefined;
  /** Default depends on the method. */
  readonly maxIterations?: number | undefined;
  /** Whether to print one warning if the method does not converge; default true. */
  readonly warn?: boolean | undefined;
}
