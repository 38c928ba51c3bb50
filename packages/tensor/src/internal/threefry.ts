const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/**
 * One block of the counter-based generator Threefry-2x32 with 20 rounds.
 *
 * A bijection of the counter for every key; the words are those of Random123 and of JAX.
 *
 * @param k0 - first word of the key
 * @param k1 - second word of the key
 * @param c0 - first word of the counter
 * @param c1 - second word of the counter
 * @returns two words, 0 … 2³² − 1
 * @see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"
 */
export function threefry2x32(k0: number, k1: number, c0: number, c1: number): [number, number] {
  const key = [k0 | 0, k1 | 0, k0 ^ k1 ^ 0x1bd11bda];
  let x = (c0 + k0) | 0;
  let y = (c1 + k1) | 0;
  for (let round = 0; round < 20; round++) {
    const left = rotations[round % 8] as number;
    x = (x + y) | 0;
    y = ((y << left) | (y >>> (32 - left))) ^ x;
    if (round % 4 !== 3) continue;
    const injection = (round + 1) / 4;
    x = (x + (key[injection % 3] as number)) | 0;
    y = (y + (key[(injection + 1) % 3] as number) + injection) | 0;
  }
  return [x >>> 0, y >>> 0];
}
