/*
 * How the main thread and its workers agree on work, in words of the shared memory.
 *
 * The main thread fills in a job, opens it by making the state odd, runs chunks, makes the state even again
 * and then waits for every worker whose `active` word is set. A worker first sets its own `active` word and
 * only then looks at the state: odd means that the main thread cannot leave the job without waiting for it,
 * even means that it came late and must not read the job. All of this is sequentially consistent, so one of
 * the two always sees the other, however late a worker wakes up.
 */

/** Scratch memory of each thread, in bytes. */
export const THREAD_SCRATCH: number = 1 << 20;

/** Byte address of the job block: in the reserved part of the heap, above the kernels' static data. */
export const JOB_ADDRESS = 32768;

/** Words of the job block; those that different threads write lie in different cache lines. */
export const job = {
  /** Odd: a job is open. Every opening and closing adds one. */
  state: 0,
  kernel: 1,
  args: 2,
  chunks: 3,
  /** A kernel threw in a worker. */
  failed: 4,
  /** The main thread sleeps until a worker's `active` word changes. */
  mainSleeps: 5,
  /** The next chunk to hand out. */
  next: 16,
  /** Workers that sleep until the state changes. */
  sleepers: 32,
  words: 48,
} as const;

/** Words of the line that each worker has for itself. */
export const line = {
  /** The worker looks at, or works on, the open job. */
  active: 0,
  /** The worker must end. */
  stop: 1,
  /** The worker has compiled its kernels and takes part. */
  ready: 2,
  /** Chunks that the worker has run. */
  ran: 3,
  words: 16,
} as const;
