import { streams } from "./streams";
import { ThreefryBlock } from "./threefry-block";

/**
 * Numbers one after the other, for samplers that need a varying count of them: each element of a sample has a
 * sequence of its own, so that its value depends on the key and its place alone.
 */
export class Stream {
  readonly #k0: number;
  readonly #k1: number;
  readonly #words: ThreefryBlock = new ThreefryBlock();
  #element = 0;
  #block = 0;

  constructor(k0: number, k1: number) {
    this.#k0 = k0 | 0;
    this.#k1 = k1 | 0;
  }

  /** Goes to the start of an element's sequence. */
  seek(element: number): void {
    this.#element = element;
    this.#block = streams.elements;
  }

  #next(): ThreefryBlock {
    this.#words.compute(this.#k0, this.#k1, this.#element, this.#block++);
    return this.#words;
  }

  /** The middle of one of 2⁵² equal parts of (0, 1). */
  uniform(): number {
    const { x, y } = this.#next();
    return ((x >>> 6) * 2 ** 26 + (y >>> 6) + 0.5) * 2 ** -52;
  }

  /** A standard normal number: the first of Box and Muller's pair, the radius from 40 bits, the angle from 24. */
  normal(): number {
    const { x, y } = this.#next();
    const v = (x * 2 ** 8 + (y >>> 24) + 0.5) * 2 ** -40;
    return Math.sqrt(-2 * Math.log(v)) * Math.cos((y & 0xffffff) * (Math.PI * 2 ** -23));
  }

  /** A standard exponential number. */
  exponential(): number {
    return -Math.log(this.uniform());
  }
}
