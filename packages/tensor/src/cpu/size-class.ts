/** Every block starts at a multiple of this many bytes: one cache line, and enough for any vector load. */
const ALIGNMENT = 64;

/**
 * The pooled block size that serves a request of `bytes`.
 *
 * Sizes are 64-byte multiples of the form (4 + j) · 2^e with j = 0 … 3, so a block is at most a quarter larger
 * than the request rounded up to 64 bytes, and buffers of nearly equal size share one pool.
 *
 * @param bytes - ≥ 0; 0 counts as 1, so that every block has its own address
 */
export function sizeClass(bytes: number): number {
  const lines = Math.max(1, Math.ceil(bytes / ALIGNMENT));
  if (lines <= 8) return lines * ALIGNMENT;
  const step = 2 ** (Math.floor(Math.log2(lines)) - 2);
  return Math.ceil(lines / step) * step * ALIGNMENT;
}
