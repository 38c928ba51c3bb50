/**
 * Second counter words of the Threefry blocks drawn under a key, one for each purpose, so that no purpose ever
 * reads the words of another. Kernels fill tensors from stream 0.
 */
export const streams = {
  bits: 0,
  split: 1,
  fold: 2,
  /** From here on: the blocks of one element of a sampler that uses as many as it needs. */
  elements: 16,
} as const;
