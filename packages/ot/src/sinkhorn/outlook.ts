/** Iterations whose rate tells how many more are needed. */
const SPAN = 20;

/** How long an iteration will take, by the rate of its last 20 errors. */
export class Outlook {
  readonly #errors: number[] = [];

  observe(error: number): void {
    this.#errors.push(error);
  }

  /** How many more iterations bring the error to `tol`; 0 before there are enough to tell. */
  needed(tol: number): number {
    const error = this.#errors.at(-1) as number;
    const before = this.#errors.at(-1 - SPAN);
    if (before === undefined) return 0;
    const rate = (error / before) ** (1 / SPAN);
    return rate < 1 ? Math.log(tol / error) / Math.log(rate) : Infinity;
  }
}
