// Words of the job block; those that different threads write lie in different cache lines.

/** Odd: a job is open. Every opening and closing adds one. */
export const state = 0;
export const kernel = 1;
export const args = 2;
export const chunks = 3;
/** A kernel threw in a worker. */
export const failed = 4;
/** The main thread sleeps until a worker's `active` word changes. */
export const mainSleeps = 5;
/** The next chunk to hand out. */
export const next = 16;
/** Workers that sleep until the state changes. */
export const sleepers = 32;
export const words = 48;
