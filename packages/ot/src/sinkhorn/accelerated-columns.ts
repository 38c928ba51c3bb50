import { Anderson } from "./anderson";
import { write } from "./dense-problem";
import type { Session } from "./session";

/**
 * Anderson acceleration of Sinkhorn's iteration, seen as one of the exponents of the columns.
 *
 * With u = a / (Kv) the dual objective is the semi-dual one of v, which a plain update of v never lowers.
 */
export class AcceleratedColumns {
  readonly #session: Session;
  readonly #anderson: Anderson;
  /** Addresses of the logarithms of the v that the next sweep begins with, of its residual, and of a sum. */
  readonly #y: number;
  readonly #f: number;
  readonly #sum: number;
  /** The objective of the session's potentials less that of the scalings u = a and v = b. */
  #base = 0;

  /** @param memory - how many steps are remembered */
  constructor(session: Session, memory: number) {
    const { workspace, stride } = session.problem;
    this.#session = session;
    this.#anderson = new Anderson(session.problem.b, memory);
    this.#y = workspace.f64(stride);
    this.#f = workspace.f64(stride);
    this.#sum = workspace.f64(1);
    this.rebase();
  }

  /** Takes note that the scalings have gone into the session's potentials, and are u = a and v = b again. */
  rebase(): void {
    const { problem, x, y } = this.#session;
    const { a, b, logA, logB } = problem;
    write(problem, this.#y, logB, problem.stride);
    this.#base = 0;
    for (let i = 0; i < a.length; i++)
      this.#base += (a[i] as number) * ((x[i] as number) - (logA[i] as number));
    for (let j = 0; j < b.length; j++)
      this.#base += (b[j] as number) * ((y[j] as number) - (logB[j] as number));
  }

  /** Forgets what came before. */
  clear(): void {
    this.#anderson.clear();
  }

  /**
   * After a plain sweep: moves v on from where that has put it.
   *
   * @param error - that of the sweep's u with the v before it
   * @returns whether v has been moved
   */
  move(error: number): boolean {
    const { at, workspace, height, stride, columns } = this.#session.problem;
    const { kernels } = workspace;
    kernels.call("residual", [
      ...[at.u, at.a, height, at.v, at.b, stride],
      ...[this.#y, this.#f, this.#sum],
    ]);
    const f = workspace.readF64(this.#f, columns);
    const objective = this.#base + (kernels.f64[this.#sum / 8] as number);
    const step = this.#anderson.step(f, objective, error);
    const { f64 } = kernels;
    for (let j = 0, to = this.#y / 8; j < columns; j++, to++)
      f64[to] = (f64[to] as number) + (step[j] as number);
    if (step === f) return false;
    kernels.call("scalingsOf", [at.v, at.b, stride, this.#y]);
    return true;
  }
}
