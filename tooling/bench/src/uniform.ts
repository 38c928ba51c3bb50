/**
 * Reproducible numbers, uniform on [−1, 1): data for rows, independent of what they measure.
 *
 * @see mulberry32, a 32-bit generator with full period
 */
export function uniform(length: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed >>> 0;
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), bits | 61)) ^ bits;
    // 24 bits fill an f32 exactly, so rounding never reaches 1.
    values[i] = ((bits ^ (bits >>> 14)) >>> 8) / 2 ** 23 - 1;
  }
  return values;
}
