import { runTask } from "./tasks";

/** What {@link Executor.map} may be told. */
export interface MapOptions {
  /** Rejects the promise with the signal's reason, and gives up what is left to do. */
  readonly signal?: AbortSignal | undefined;
  /** Called as results come in, in any order. */
  readonly onResult?: ((index: number, result: unknown) => void) | undefined;
}

/**
 * Where independent tasks run: here, on threads, or on other machines.
 *
 * A task is a name and a payload of plain data: numbers, texts, lists, records and typed arrays. Whoever receives it calls
 * `runTask(name, payload)`, which gives the same bits everywhere, and sends back the result. For a queue that carries JSON,
 * write typed arrays as lists; `runTask` takes those in their place.
 */
export interface Executor {
  /** How many tasks it works on at a time; work is cut into several times as many. */
  readonly parallelism: number;
  /**
   * Runs one task for each payload.
   *
   * @returns their results in the order of the payloads; rejects with the error of the first task that fails
   */
  map(task: string, payloads: readonly unknown[], options?: MapOptions): Promise<unknown[]>;
}

/** Gives timers, events and an abort the time to run. */
const pause = (): Promise<void> => new Promise((resume) => setTimeout(resume, 0));

/**
 * Runs tasks one after the other on the thread of the caller, which breathes between them.
 *
 * @example
 * await pairwiseDistances(measures, { executor: inlineExecutor })
 */
export const inlineExecutor: Executor = {
  parallelism: 1,
  async map(task, payloads, { signal, onResult } = {}) {
    const results: unknown[] = [];
    for (const [index, payload] of payloads.entries()) {
      await pause();
      signal?.throwIfAborted();
      const result = runTask(task, payload);
      results.push(result);
      onResult?.(index, result);
    }
    return results;
  },
};
