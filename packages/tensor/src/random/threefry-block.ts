/**
 * One block of Threefry-2x32-20 at a time, for loops: the words of `threefry2x32`, unrolled and without a result
 * object for each.
 */
export class ThreefryBlock {
  /** First word, 0 … 2³² − 1. */
  x = 0;
  /** Second word. */
  y = 0;

  /** Computes the block of counter (c0, c1) under the key (k0, k1). */
  compute(k0: number, k1: number, c0: number, c1: number): void {
    const k2 = k0 ^ k1 ^ 0x1bd11bda;
    let x = (c0 + k0) | 0;
    let y = (c1 + k1) | 0;
    // Four rounds with the first four rotations, then key words; four with the others; and so on.
    for (let round = 0; ; round += 2) {
      x = (x + y) | 0;
      y = ((y << 13) | (y >>> 19)) ^ x;
      x = (x + y) | 0;
      y = ((y << 15) | (y >>> 17)) ^ x;
      x = (x + y) | 0;
      y = ((y << 26) | (y >>> 6)) ^ x;
      x = (x + y) | 0;
      y = ((y << 6) | (y >>> 26)) ^ x;
      x = (x + (round === 0 ? k1 : round === 2 ? k0 : k2)) | 0;
      y = (y + (round === 0 ? k2 : round === 2 ? k1 : k0) + round + 1) | 0;
      if (round === 4) break;
      x = (x + y) | 0;
      y = ((y << 17) | (y >>> 15)) ^ x;
      x = (x + y) | 0;
      y = ((y << 29) | (y >>> 3)) ^ x;
      x = (x + y) | 0;
      y = ((y << 16) | (y >>> 16)) ^ x;
      x = (x + y) | 0;
      y = ((y << 24) | (y >>> 8)) ^ x;
      x = (x + (round === 0 ? k2 : k1)) | 0;
      y = (y + (round === 0 ? k0 : k2) + round + 2) | 0;
    }
    this.x = x >>> 0;
    this.y = y >>> 0;
  }
}
