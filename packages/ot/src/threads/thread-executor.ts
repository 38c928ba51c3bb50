import { ArgumentError, DeviceError, getThreads, ShapeError } from "@x/tensor";
import { checkOptionNames } from "../internal/option-names";
import type { Executor, MapOptions } from "../pairwise/executor";
import { defaultWorker, type WorkerLike } from "./default-worker";
import type { Response } from "./messages";
import { type PoolWorker, poolWorker } from "./pool-worker";

/** How many workers there are, and of what kind. */
export interface ThreadExecutorOptions {
  /** Workers; default as many as `@x/tensor` has threads, normally one for each processor. */
  readonly threads?: number | undefined;
  /**
   * Starts a worker whose program calls `serveTasks()`. Default in Node: the package's own; browsers and programs bundled
   * into one file need one.
   */
  readonly worker?: (() => WorkerLike) | undefined;
}

/** An executor with workers to end. */
export interface ThreadExecutor extends Executor {
  /** Ends the workers and what they do; a later `map` starts new ones. */
  close(): Promise<void>;
}

/** One task of a map. */
interface Job {
  readonly batch: object;
  readonly name: string;
  readonly payload: unknown;
  done(result: unknown): void;
  failed(error: Error): void;
}

/** A worker and what it works on. */
interface Slot {
  readonly worker: PoolWorker;
  job: Job | undefined;
}

const classes = { ArgumentError, ShapeError } as const;

/** The error of a task, of the class that it had there. */
function errorOf({ name, message }: { readonly name: string; readonly message: string }): Error {
  if (Object.hasOwn(classes, name)) return new classes[name as keyof typeof classes](message);
  return Object.assign(new Error(message), { name });
}

/** Workers that take jobs from a queue. */
class Pool {
  readonly #slots = new Set<Slot>();
  readonly #threads: number;
  readonly #start: () => WorkerLike;
  #queue: Job[] = [];

  constructor(threads: number, start: () => WorkerLike) {
    this.#threads = threads;
    this.#start = start;
  }

  add(jobs: readonly Job[]): void {
    this.#queue.push(...jobs);
    for (let k = 0; k < this.#threads && this.#queue.length > 0; k++) {
      const idle = [...this.#slots].find(({ job }) => job === undefined);
      if (idle !== undefined) this.#next(idle);
      else if (this.#slots.size < this.#threads) this.#next(this.#open());
    }
  }

  /** Forgets a batch; workers in the middle of it are ended, for nothing else would stop them. */
  drop(batch: object): void {
    this.#queue = this.#queue.filter((job) => job.batch !== batch);
    for (const slot of [...this.#slots]) if (slot.job?.batch === batch) void this.#remove(slot);
    // Batches that others have in the queue go on with new workers.
    this.add([]);
  }

  async close(): Promise<void> {
    const error = new DeviceError("threadExecutor: expected an open executor; it was closed");
    const jobs = [...this.#queue, ...[...this.#slots].flatMap(({ job }) => job ?? [])];
    this.#queue = [];
    await Promise.all([...this.#slots].map((slot) => this.#remove(slot)));
    for (const job of jobs) job.failed(error);
  }

  #open(): Slot {
    const slot: Slot = {
      job: undefined,
      worker: poolWorker(this.#start(), {
        answered: (response) => this.#answered(slot, response),
        ended: (reason) => this.#ended(slot, reason),
      }),
    };
    this.#slots.add(slot);
    return slot;
  }

  #next(slot: Slot): void {
    const job = this.#queue.shift();
    slot.job = job;
    slot.worker.hold(job !== undefined);
    if (job === undefined) return;
    slot.worker.send({ name: job.name, payload: job.payload });
  }

  #answered(slot: Slot, response: Response): void {
    const { job } = slot;
    if (!this.#slots.has(slot) || job === undefined) return;
    slot.job = undefined;
    if ("error" in response) job.failed(errorOf(response.error));
    else job.done(response.result);
    // A failure may have dropped the batch, and so have taken this worker.
    if (this.#slots.has(slot) && slot.job === undefined) this.#next(slot);
  }

  #ended(slot: Slot, reason: string): void {
    if (!this.#slots.delete(slot)) return;
    slot.job?.failed(
      new DeviceError(`threadExecutor: expected a worker that answers; it ended: ${reason}`),
    );
    this.add([]);
  }

  #remove(slot: Slot): Promise<void> {
    this.#slots.delete(slot);
    return slot.worker.end();
  }
}

/**
 * An executor on threads of this machine.
 *
 * Workers start with the first `map`, run one task each at a time, and keep the process alive only while they work. Tasks
 * give the same bits as with `inlineExecutor`.
 *
 * @param options.threads - number of workers, ≥ 1
 * @throws ArgumentError on another number, or an option of another name
 * @example
 * const executor = threadExecutor();
 * const { distances } = await pairwiseDistances(measures, { metric: "emd", executor });
 * await executor.close();
 */
export function threadExecutor(options: ThreadExecutorOptions = {}): ThreadExecutor {
  checkOptionNames("threadExecutor", options, { threads: 1, worker: 1 });
  const { threads = getThreads(), worker = defaultWorker } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new ArgumentError(
      `threadExecutor: expected a whole number of threads ≥ 1; got ${threads}`,
      { threads },
    );
  }
  const pool = new Pool(threads, worker);
  return {
    parallelism: threads,
    map: (task, payloads, mapOptions) => mapOnPool(pool, task, payloads, mapOptions),
    close: () => pool.close(),
  };
}

async function mapOnPool(
  pool: Pool,
  name: string,
  payloads: readonly unknown[],
  { signal, onResult }: MapOptions = {},
): Promise<unknown[]> {
  signal?.throwIfAborted();
  if (payloads.length === 0) return [];
  const batch = {};
  let abort: (() => void) | undefined;
  try {
    return await new Promise<unknown[]>((resolve, reject) => {
      const results: unknown[] = new Array(payloads.length);
      let left = payloads.length;
      abort = () => reject(signal?.reason);
      signal?.addEventListener("abort", abort);
      const done = (index: number, result: unknown): void => {
        results[index] = result;
        left--;
        try {
          onResult?.(index, result);
        } catch (error) {
          reject(error);
        }
        if (left === 0) resolve(results);
      };
      const jobs = payloads.map((payload, index) => ({
        ...{ batch, name, payload, failed: reject },
        done: (result: unknown) => done(index, result),
      }));
      pool.add(jobs);
    });
  } catch (error) {
    pool.drop(batch);
    throw error;
  } finally {
    if (abort !== undefined) signal?.removeEventListener("abort", abort);
  }
}
