import { normalQuantile } from "./normal-quantile";
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

  /** The middle of one of 2⁵² equal parts of (0, 1). */
  uniform(): number {
    const words = this.#words;
    words.compute(this.#k0, this.#k1, this.#element, this.#block++);
    return ((words.x >>> 6) * 2 ** 26 + (words.y >>> 6) + 0.5) * 2 ** -52;
  }

  /** A standard normal number. */
  normal(): number {
    return normalQuantile(this.uniform());
  }

  /** A standard exponential number. */
  exponential(): number {
    return -Math.log(this.uniform());
  }
}
