/** Work of a device: it may have to wait for a kernel to be compiled or for data to arrive. */
export type Job = () => void | Promise<void>;

/** Bytes that jobs may take before the queue pauses. */
const BETWEEN_PAUSES = 1 << 28;

/**
 * Runs jobs one after the other, at once if none is waiting. Jobs deal with their errors themselves.
 */
export class JobQueue {
  readonly #waiting: Job[] = [];
  #running = false;
  #bytes = 0;
  #pause: (() => Promise<void>) | undefined;

  /**
   * Counts memory that jobs take. From time to time the queue then waits for the device, and for a turn of the
   * event loop, in which the memory of tensors that are gone is given back: a loop that never reads a result
   * would otherwise fill the device.
   */
  allocated(bytes: number, wait: () => Promise<void>): void {
    this.#bytes += bytes;
    if (this.#bytes < BETWEEN_PAUSES) return;
    this.#bytes = 0;
    this.#pause = async () => {
      await wait();
      await new Promise((resolve) => setTimeout(resolve));
    };
  }

  push(job: Job): void {
    this.#waiting.push(job);
    if (!this.#running) this.#run();
  }

  #run(): void {
    this.#running = true;
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) {
      const pending = job() ?? this.#pause?.();
      if (pending !== undefined) {
        this.#pause = undefined;
        const next = (): void => this.#run();
        void pending.then(next, next);
        return;
      }
    }
    this.#running = false;
  }
}
