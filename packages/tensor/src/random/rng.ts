import { ArgumentError } from "../errors";
import { readElements } from "../internal/read";
import { isTensor, type Tensor } from "../tensor";
import { checkKey, key as keyOf, wrapKey } from "./key";
import { streams } from "./streams";
import { ThreefryBlock } from "./threefry-block";

/** The state of an {@link Rng} as plain JSON. */
export interface RngState {
  /** What the state belongs to. */
  readonly kind: "rng";
  /** Of this format. */
  readonly version: 1;
  /** The words of the key. */
  readonly key: readonly [number, number];
  /** Keys handed out under it so far. */
  readonly counter: number;
}

const isWord = (x: unknown): x is number =>
  typeof x === "number" && Number.isInteger(x) && x >= 0 && x < 2 ** 32;

/** ⌊x y / 2³²⌋ for x < 2³² and y ≤ 2³², without rounding. */
function multiplyHigh(x: number, y: number): number {
  const [a, b] = [x >>> 16, x & 0xffff];
  const [c, d] = [Math.floor(y / 2 ** 16), y % 2 ** 16];
  const middle = a * d + b * c + Math.floor((b * d) / 2 ** 16);
  return a * c + Math.floor(middle / 2 ** 16);
}

/**
 * A key with a counter, for code that keeps state: every call uses up one derived key.
 *
 * The n-th key is `foldIn(key, n)`, and numbers are those that the samplers draw with it, so there is only one
 * generator. Not for use inside jit, vmap or grad, which would see the same key each time: pass `next()` in.
 */
export class Rng {
  #high: number;
  #low: number;
  #counter: number;
  readonly #block: ThreefryBlock = new ThreefryBlock();

  /** @internal */
  constructor(high: number, low: number, counter: number) {
    this.#high = high;
    this.#low = low;
    this.#counter = counter;
  }

  /** Leaves the words of the next key in the block. */
  #advance(): ThreefryBlock {
    const block = this.#block;
    if (this.#counter === 2 ** 32 - 1) {
      // The last counter of a key makes the next key.
      block.compute(this.#high, this.#low, this.#counter, streams.fold);
      [this.#high, this.#low, this.#counter] = [block.x, block.y, 0];
    }
    block.compute(this.#high, this.#low, this.#counter++, streams.fold);
    return block;
  }

  /** Leaves the first words of the next key in the block. */
  #draw(): ThreefryBlock {
    const block = this.#advance();
    block.compute(block.x, block.y, 0, streams.bits);
    return block;
  }

  /** A key not handed out before. */
  next(): Tensor {
    const { x, y } = this.#advance();
    return wrapKey(x, y);
  }

  /** A generator with a stream of its own. */
  fork(): Rng {
    const { x, y } = this.#advance();
    return new Rng(x, y, 0);
  }

  /** A number in [low, high): `uniform(next(), [], { dtype: "f64" })`. @param low - default 0 @param high - default 1 */
  uniform(low = 0, high = 1): number {
    if (!(low < high && high - low < Infinity)) {
      throw new ArgumentError(
        `Rng.uniform: expected finite low < high; got low = ${low}, high = ${high}`,
        { low, high },
      );
    }
    const { x, y } = this.#draw();
    const u = (x * 2 ** 21 + (y >>> 11)) * 2 ** -53;
    const value = u * (high - low) + low;
    return value < high ? value : low;
  }

  /** A normal number: `normal(next(), [], { dtype: "f64" })` up to rounding. @param mean - default 0 @param std - default 1 */
  normal(mean = 0, std = 1): number {
    if (!(Number.isFinite(mean) && std >= 0 && std < Infinity)) {
      throw new ArgumentError(
        `Rng.normal: expected a finite mean and std ≥ 0; got mean = ${mean}, std = ${std}`,
        { mean, std },
      );
    }
    const { x: high, y: low } = this.#advance();
    const block = this.#block;
    block.compute(high, low, 0, streams.bits);
    const v = (block.x * 2 ** 20 + (block.y >>> 12) + 0.5) * 2 ** -52;
    block.compute(high, low, 1, streams.bits);
    const u = (block.x * 2 ** 21 + (block.y >>> 11)) * 2 ** -53;
    return Math.sqrt(-2 * Math.log(v)) * Math.cos(2 * Math.PI * u) * std + mean;
  }

  /**
   * A whole number 0 … n − 1: `randint(next(), [], { high: n, dtype: "u32" })`.
   *
   * @param n - an integer 1 … 2³²
   */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
      throw new ArgumentError(`Rng.integer: expected an integer from 1 to 2^32; got ${n}`, { n });
    }
    const { x, y } = this.#draw();
    const carry = (Math.imul(x, n) >>> 0) + multiplyHigh(y, n) >= 2 ** 32;
    return multiplyHigh(x, n) + Number(carry);
  }

  /** The state, to go on from later by {@link Rng.fromJSON}. */
  toJSON(): RngState {
    return { kind: "rng", version: 1, key: [this.#high, this.#low], counter: this.#counter };
  }

  /**
   * The generator with a stored state.
   *
   * @throws ArgumentError when the value is not the JSON of an Rng
   */
  static fromJSON(state: unknown): Rng {
    const { kind, version, key, counter } = (state ?? {}) as Partial<RngState>;
    const ok =
      kind === "rng" &&
      version === 1 &&
      Array.isArray(key) &&
      key.length === 2 &&
      key.every(isWord) &&
      isWord(counter);
    if (ok) return new Rng(key[0] as number, key[1] as number, counter);
    throw new ArgumentError(
      "Rng.fromJSON: expected what toJSON returns, of version 1; got something else",
      { kind, version },
    );
  }
}

/**
 * A stateful generator.
 *
 * @param seed - an integer as for `key`, or a key
 * @example
 * const r = rng(0);
 * const order = permutation(r.next(), 10);
 * const coin = r.uniform() < 0.5;
 */
export function rng(seed: number | bigint | Tensor): Rng {
  const key = isTensor(seed) ? checkKey("rng", seed) : keyOf(seed);
  const [high, low] = readElements(key, "rng") as Uint32Array;
  return new Rng(high as number, low as number, 0);
}
