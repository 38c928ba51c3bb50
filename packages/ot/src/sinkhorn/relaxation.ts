/** Options of {@link Relaxation}. */
export interface RelaxationOptions {
  /** `auto`, a fixed ω in (0, 2), or false for none; default false. */
  readonly overrelax?: "auto" | number | false;
}

/** Rates of plain iterations are those of so many: at least two such spans are looked at, at most eight. */
const PLAIN_SPAN = 5;
const LONGEST = 8 * PLAIN_SPAN;
/** Over-relaxed errors go up and down; their rates need longer spans. */
const RELAXED_SPAN = 10;
/** Two spans with rates so close show the rate of the slowest part of the error. */
const SETTLED = 0.02;
/** The largest ω: beyond it iterations far from the solution diverge. */
const LARGEST = 1.85;
const LARGEST_RATE = 0.99;

function bestOmega(rate: number): number {
  const r = Math.min(rate, LARGEST_RATE);
  return Math.min(2 / (1 + Math.sqrt(1 - r)), LARGEST);
}

/**
 * The rate that over-relaxation makes of a plain rate r: ω − 1, or, where ω is capped below its best,
 * ¼ (ω√r + √(ω²r − 4(ω − 1)))² (Young).
 */
function relaxedRate(rate: number): number {
  const omega = bestOmega(rate);
  const rest = omega * omega * rate - 4 * (omega - 1);
  if (rest <= 0) return omega - 1;
  return (omega * Math.sqrt(rate) + Math.sqrt(rest)) ** 2 / 4;
}

/**
 * Over-relaxation by the observed rate.
 *
 * Near the solution plain iterations reduce the error by a factor r each; successive over-relaxation with
 * ω = 2/(1 + √(1 − r)) reduces it by ω − 1. So r is taken from five plain iterations, as soon as the five before had
 * the same rate or after 40 of them; whenever the error has grown over 20 over-relaxed ones, plain iterations and the
 * estimate begin again.
 *
 * @see Thibault, Chizat, Dossal and Papadakis 2021, "Overrelaxed Sinkhorn-Knopp algorithm for regularized optimal transport"
 */
export class Relaxation {
  omega = 1;
  readonly #auto: boolean;
  #errors: number[] = [];
  /** Factor from one iteration to the next that is to be expected, once it is known. */
  #outlook: number | undefined;

  constructor({ overrelax = false }: RelaxationOptions) {
    this.#auto = overrelax === "auto";
    if (typeof overrelax === "number") this.omega = overrelax;
  }

  /** Takes note of the error of an iteration. */
  observe(error: number): void {
    this.#errors.push(error);
    const span = this.omega === 1 ? PLAIN_SPAN : RELAXED_SPAN;
    const [rate, before] = [this.#rate(0, span), this.#rate(span, span)];
    if (Number.isNaN(before)) return;
    if (this.omega !== 1 || !this.#auto) {
      this.#outlook = Math.sqrt(rate * before);
      if (this.#auto && this.#outlook > 1) this.#restart(1);
      return;
    }
    const settled = Math.abs(rate - before) < SETTLED * (1 - before);
    this.#outlook = relaxedRate(Math.sqrt(rate * before));
    if (settled || this.#errors.length > LONGEST) this.#restart(bestOmega(rate));
  }

  /** How many more iterations bring `error` to `tol`, as far as the last 20 tell; 0 before there are so many. */
  needed(error: number, tol: number): number {
    const rate = this.#outlook;
    if (rate === undefined) return 0;
    return rate < 1 ? Math.log(tol / error) / Math.log(rate) : Infinity;
  }

  #restart(omega: number): void {
    this.omega = omega;
    this.#errors = [];
  }

  /** Factor from one iteration to the next over `span` iterations, `back` iterations ago; NaN if there were not so many. */
  #rate(back: number, span: number): number {
    const last = this.#errors.length - 1 - back;
    const [from, to] = [this.#errors[last - span], this.#errors[last]];
    return from === undefined || to === undefined ? NaN : (to / from) ** (1 / span);
  }
}
