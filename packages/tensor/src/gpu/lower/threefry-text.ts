import type { KernelBuilder } from "../source/kernel-builder";

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const parity = 0x1bd11bda;

/**
 * Writes one block of Threefry-2x32 with 20 rounds, the words of `threefry2x32`.
 *
 * @param key - names of both words of the key
 * @param counter - name of the counter's first word, and its second word, which the text of a kernel knows
 * @returns names of both words of the block
 * @see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"
 */
export function threefryText(
  k: KernelBuilder,
  [k0, k1]: readonly [string, string],
  [first, second]: readonly [string, number],
): readonly [string, string] {
  const add = (a: string, b: string): string => k.let(k.call("addPair", a, b));
  const bits = k.target.vectors ? "xorPair" : "xorByDigits";
  const xor = (a: string, b: string): string => k.let(k.call(bits, a, b));
  const keys = [k0, k1, xor(xor(k0, k1), k.constant(parity, "u32"))];
  let x = add(first, k0);
  let y = second === 0 ? k1 : add(k1, k.constant(second, "u32"));
  for (let round = 0; round < 20; round++) {
    x = add(x, y);
    y = xor(turn(k, y, rotations[round % 8] as number), x);
    if (round % 4 !== 3) continue;
    const injection = (round + 1) / 4;
    x = add(x, keys[injection % 3] as string);
    y = add(add(y, keys[(injection + 1) % 3] as string), k.constant(injection, "u32"));
  }
  return [x, y];
}

/** A word turned left: its halves change places at 16 bits, and what leaves one half enters the other. */
function turn(k: KernelBuilder, word: string, bits: number): string {
  const [low, high] = bits < 16 ? [0, 1] : [1, 0];
  const turned = bits % 16;
  // All sums are of whole numbers below 2^24, so exact in whatever order a compiler of GLSL adds them up.
  const helper = k.define(
    [
      ["low", "Number"],
      ["high", "Number"],
    ],
    "Array(2)",
    `
const fromLow = Math.floor(low * ${2 ** (turned - 16)});
const fromHigh = Math.floor(high * ${2 ** (turned - 16)});
const a = (low - fromLow * ${2 ** (16 - turned)}) * ${2 ** turned};
const b = (high - fromHigh * ${2 ** (16 - turned)}) * ${2 ** turned};
return [a + fromHigh, b + fromLow];`.trim(),
  );
  return k.let(`${helper}(${word}[${low}], ${word}[${high}])`);
}
