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
