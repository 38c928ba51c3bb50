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
  const xor = (a: string, b: string): string => k.let(k.call("xorPair", a, b));
  const keys = [k0, k1, xor(xor(k0, k1), k.constant(parity, "u32"))];
  let x = add(first, k0);
  let y = second === 0 ? k1 : add(k1, k.constant(second, "u32"));
  for (let round = 0; round < 20; round++) {
    x = add(x, y);
    y = xor(turned(k, y, rotations[round % 8] as number), x);
    if (round % 4 !== 3) continue;
    const injection = (round + 1) / 4;
    x = add(x, keys[injection % 3] as string);
    y = add(add(y, keys[(injection + 1) % 3] as string), k.constant(injection, "u32"));
  }
  return [x, y];
}

/** A word turned left: its halves change places at 16 bits, and what leaves one half enters the other. */
function turned(k: KernelBuilder, word: string, bits: number): string {
  const [low, high] = bits < 16 ? [0, 1] : [1, 0];
  // A half times a power of two has 16 significant bits, so all of this is exact in f32.
  const turn = k.define(
    [
      ["low", "Number"],
      ["high", "Number"],
    ],
    "Array(2)",
    `
const a = low * ${2 ** (bits % 16)};
const b = high * ${2 ** (bits % 16)};
const fromLow = Math.floor(a * 0.0000152587890625);
const fromHigh = Math.floor(b * 0.0000152587890625);
return [a - fromLow * 65536 + fromHigh, b - fromHigh * 65536 + fromLow];`.trim(),
  );
  return k.let(`${turn}(${word}[${low}], ${word}[${high}])`);
}
