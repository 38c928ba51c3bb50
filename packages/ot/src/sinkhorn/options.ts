import type { SolverOptions } from "../result";
import type { Values } from "../values";

/** How the iterations of {@link sinkhorn} are computed. */
export type SinkhornMode = "auto" | "scaling" | "log" | "stabilized";

/** What all forms of {@link sinkhorn} take. */
export interface SinkhornOptions extends SolverOptions {
  /** Largest marginal error to stop at, as a fraction of the mass; default 10⁻⁹. */
  readonly tol?: number | undefined;
  /** Default 2000. */
  readonly maxIterations?: number | undefined;
  /** ε > 0 in units of the cost; default 0.05 times the standard deviation of the costs between points with weight. */
  readonly eps?: number | undefined;
  /**
   * `scaling` multiplies with exp(−C/ε) and is fastest, as long as costs spread over no more than 500 ε; `stabilized`
   * moves scalings into the exponents when they grow and has no such limit; `log` takes an exponential of every entry
   * in every iteration. Default `auto`: `scaling` within its limit, else `stabilized`; and `log` where a sum vanishes.
   */
  readonly mode?: SinkhornMode | undefined;
  /** Iterations from one entry of the history to the next; default 10, or 1 for `log`. */
  readonly checkEvery?: number | undefined;
  /** Potentials to start from, such as those of a previous result; default zeros. */
  readonly init?: { readonly f: Values; readonly g: Values } | undefined;
  /** Steps that Anderson acceleration remembers, or false for none; default 20, unless `overrelax` is given. */
  readonly anderson?: number | false | undefined;
  /**
   * Over-relaxation in place of Anderson acceleration: ω ∈ (0, 2), or `auto` to take it from the observed rate; false for
   * plain iterations.
   */
  readonly overrelax?: "auto" | number | false | undefined;
  /**
   * Factor in (0, 1) from one ε to the next on the way down from a sixteenth of the costs' range, or false to begin at
   * `eps`; default ¼ where costs spread over more than 500 ε and there is no `init`.
   */
  readonly anneal?: number | false | undefined;
  /**
   * Newton's method: `auto` hands over to it where more than 80 further iterations are expected, and takes it from the
   * start where costs spread over more than 5000 ε; `newton` takes it from the start in any case; false never. Default
   * `auto`.
   */
  readonly finish?: "auto" | "newton" | false | undefined;
  /** Whether `mode: "scaling"` stays with it outside its limit and where a sum vanishes, even if that ends it; default false. */
  readonly strict?: boolean | undefined;
}
