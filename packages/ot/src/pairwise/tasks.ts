import { ArgumentError } from "@x/tensor";
import { comparePairs, type PairBlock } from "./pair-block";

/** Names and functions of all tasks. */
const tasks: Readonly<Record<string, (payload: unknown) => unknown>> = {
  "@x/ot/pairs/1": (payload) => comparePairs(payload as PairBlock),
};

/** The task of `pairwiseDistances`. */
export const pairsTask = "@x/ot/pairs/1";

/**
 * Runs a task that an `Executor` was given, in the thread, process or machine that received it.
 *
 * @param name - of the task
 * @param payload - its data, as it was given or through JSON with lists for typed arrays
 * @returns its result, plain data
 * @throws ArgumentError on an unknown name, as of another version; and whatever the task throws
 * @example
 * new Worker("tasks", (job) => runTask(job.name, job.data)) // a worker of a job queue
 */
export function runTask(name: string, payload: unknown): unknown {
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
  if (task !== undefined) return task(payload);
  throw new ArgumentError(
    `runTask: expected task ${Object.keys(tasks).join(", ")}; got ${name}; both sides need the same version of the package`,
    { name },
  );
}
