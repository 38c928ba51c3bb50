import type { Tensor } from "@x/tensor";

/** A stationary plan between two spaces. */
export interface GromovResult {
  /** Shape [n, m], f64. */
  readonly plan: Tensor;
  /** (1 − α) `linear` + α `quadratic`; without M the square of the Gromov-Wasserstein distance for `square`. */
  readonly value: number;
  /** ⟨M, P⟩; 0 without M. */
  readonly linear: number;
  /** Σ L(C1_ik, C2_jl) P_ij P_kl. */
  readonly quadratic: number;
  readonly iterations: number;
  readonly converged: boolean;
  /** Why the iteration stopped, in words. */
  readonly status: string;
  /** The objective after each iteration. */
  readonly history: readonly number[];
}

/** The best of the results of several starts. */
export function best(results: Iterable<GromovResult>): GromovResult {
  let found: GromovResult | undefined;
  for (const result of results)
    if (found === undefined || result.value < found.value) found = result;
  return found as GromovResult;
}

/** Prints that a solver did not converge, unless told not to. */
export function warnUnlessConverged(
  operation: string,
  { converged, status }: GromovResult,
  warn: boolean,
): void {
  if (!converged && warn) console.warn(`${operation}: ${status}`);
}
