/** Options of {@link Relaxation}. */
export interface RelaxationOptions {
  /** `auto`, a fixed ω in (0, 2), or false for none; default false. */
  readonly overrelax?: "auto" | number | false;
}

/** Plain iterations before the rate is estimated, and how many of the last are compared. */
const OBSERVED = 40;
const SPAN = 10;
/** Over-relaxed iterations after which a larger error means that ω is too large. */
const PATIENCE = 20;
/** The largest ω: beyond it iterations far from the solution diverge. */
const LARGEST = 1.85;
const LARGEST_RATE = 0.99;

/**
 * Over-relaxation by the observed rate.
 *
 * Near the solution plain iterations reduce the error by a factor r each; successive over-relaxation with
 * ω = 2/(1 + √(1 − r)) reduces it by ω − 1. After 40 plain iterations r is taken from the last ten; whenever the error
 * has grown over 20 over-relaxed ones, plain iterations and the estimate begin again.
 *
 * @see Thibault, Chizat, Dossal and Papadakis 2021, "Overrelaxed Sinkhorn-Knopp algorithm for regularized optimal transport"
 */
export class Relaxation {
  omega = 1;
  /** Reduction of the error by one plain iteration, once it is known. */
  rate: number | undefined;
  readonly #auto: boolean;
  #errors: number[] = [];

  constructor({ overrelax = false }: RelaxationOptions) {
    this.#auto = overrelax === "auto";
    if (typeof overrelax === "number") this.omega = overrelax;
  }

  /** Takes note of the error of an iteration. */
  observe(error: number): void {
    const errors = this.#errors;
    errors.push(error);
    const last = errors.length - 1;
    if (this.omega === 1 && last === OBSERVED) {
      this.rate = (error / (errors[last - SPAN] as number)) ** (1 / SPAN);
      this.#errors = [];
      if (this.#auto && this.rate > 0) {
        const r = Math.min(this.rate, LARGEST_RATE);
        this.omega = Math.min(2 / (1 + Math.sqrt(1 - r)), LARGEST);
      }
    } else if (this.#auto && this.omega !== 1 && last >= PATIENCE) {
      if (error > (errors[last - PATIENCE] as number)) {
        this.omega = 1;
        this.#errors = [];
      }
    }
  }

  /** How many more plain iterations bring `error` to `tol` at the observed rate; 0 before it is known. */
  needed(error: number, tol: number): number {
    if (this.rate === undefined) return 0;
    return this.rate < 1 ? Math.log(tol / error) / Math.log(this.rate) : Infinity;
  }
}
