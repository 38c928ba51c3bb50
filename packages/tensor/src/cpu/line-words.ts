// Words of the line that each worker has for itself.

/** The worker looks at, or works on, the open job. */
export const active = 0;
/** The worker must end. */
export const stop = 1;
/** The worker has compiled its kernels and takes part. */
export const ready = 2;
/** Chunks that the worker has run. */
export const ran = 3;
export const words = 16;
