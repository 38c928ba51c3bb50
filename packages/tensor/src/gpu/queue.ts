/** Work of a device: it may have to wait for a kernel to be compiled or for data to arrive. */
export type Job = () => void | Promise<void>;

/**
 * Runs jobs one after the other, at once if none is waiting. Jobs deal with their errors themselves.
 */
export class JobQueue {
  readonly #waiting: Job[] = [];
  #running = false;

  push(job: Job): void {
    this.#waiting.push(job);
    if (!this.#running) this.#run();
  }

  #run(): void {
    this.#running = true;
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) {
      const pending = job();
      if (pending !== undefined) {
        void pending.then(() => this.#run());
        return;
      }
    }
    this.#running = false;
  }
}
