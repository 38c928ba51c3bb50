/**
 * A chain of plane rotations along neighbouring rows of a matrix: the first mixes rows r and r + d, the second
 * r + d and r + 2d, and so on.
 *
 * Rotation t maps the carried row x and the next row y to c x + s y, which is finished, and c y − s x, which is
 * carried on. Chains are collected while eigenvalues are computed and then applied to the vectors several at a
 * time, so that rows are read and written once for them all.
 */
export class RotationChain {
  readonly #c: Float64Array;
  readonly #s: Float64Array;
  #count = 0;

  /** @param longest - most rotations in a chain */
  constructor(longest: number) {
    this.#c = new Float64Array(longest);
    this.#s = new Float64Array(longest);
  }

  /** Adds a rotation at the end. */
  push(c: number, s: number): void {
    this.#c[this.#count] = c;
    this.#s[this.#count++] = s;
  }

  /** Forgets the rotations. */
  clear(): void {
    this.#count = 0;
  }

  /**
   * Applies the chain to rows of a matrix and empties it.
   *
   * @param z - row-major with rows of length n
   * @param row - r, where the chain begins
   * @param direction - d: 1 or −1
   */
  apply(z: Float64Array, n: number, row: number, direction: 1 | -1): void {
    const count = this.#count;
    this.#count = 0;
    const [c, s] = [this.#c, this.#s];
    const next = direction * n;
    let t = 0;
    for (; t + 2 < count; t += 3) {
      turnThree(
        z,
        (row + t * direction) * n,
        n,
        next,
        2 * next,
        3 * next,
        c[t] as number,
        s[t] as number,
        c[t + 1] as number,
        s[t + 1] as number,
        c[t + 2] as number,
        s[t + 2] as number,
      );
    }
    for (; t < count; t++) {
      turnRows(z, (row + t * direction) * n, n, next, c[t] as number, s[t] as number);
    }
  }
}

/** Mixes a row of length n with the one `next` elements further: x to c x + s y, and y to c y − s x. */
export function turnRows(
  z: Float64Array,
  start: number,
  n: number,
  next: number,
  c: number,
  s: number,
): void {
  for (let i = start, end = start + n; i < end; i++) {
    const x = z[i] as number;
    const y = z[i + next] as number;
    z[i] = c * x + s * y;
    z[i + next] = c * y - s * x;
  }
}

/** Three rotations of a chain; numbers rather than arrays, so that all of them stay in registers. */
function turnThree(
  z: Float64Array,
  start: number,
  n: number,
  second: number,
  third: number,
  fourth: number,
  c0: number,
  s0: number,
  c1: number,
  s1: number,
  c2: number,
  s2: number,
): void {
  for (let i = start, end = start + n; i < end; i++) {
    let x = z[i] as number;
    let y = z[i + second] as number;
    z[i] = c0 * x + s0 * y;
    x = c0 * y - s0 * x;
    y = z[i + third] as number;
    z[i + second] = c1 * x + s1 * y;
    x = c1 * y - s1 * x;
    y = z[i + fourth] as number;
    z[i + third] = c2 * x + s2 * y;
    z[i + fourth] = c2 * y - s2 * x;
  }
}
