import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { threefry2x32 } from "../../src/internal/threefry";

/** Known answers for threefry2x32 with 20 rounds from Random123 1.14, tests/kat_vectors: key, counter, result. */
const published = [
  [0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x6b200159, 0x99ba4efe],
  [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
  [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0],
] as const;

describe("threefry2x32", () => {
  it.each(published)(
    "of key %i %i, counter %i %i is the published block",
    (k0, k1, c0, c1, a, b) => {
      expect(threefry2x32(k0, k1, c0, c1)).toEqual([a, b]);
      expect(threefry2x32(k0 | 0, k1 | 0, c0 | 0, c1 | 0)).toEqual([a, b]);
    },
  );

  it("turns about half of the result's bits when one bit of key or counter turns", () => {
    const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const block = fc.tuple(word, word, word, word);
    let turned = 0;
    let runs = 0;
    fc.assert(
      fc.property(block, fc.nat(3), fc.nat(31), (words, which, bit) => {
        const other: typeof words = [...words];
        other[which] = (other[which] as number) ^ (1 << bit);
        const [a, b] = threefry2x32(...words);
        const [c, d] = threefry2x32(...other);
        for (let x = a ^ c; x !== 0; x &= x - 1) turned++;
        for (let x = b ^ d; x !== 0; x &= x - 1) turned++;
        runs++;
      }),
      { numRuns: 500, seed: 1 },
    );
    // Each of 64 · runs bits turns with probability 1/2: five standard errors of their sum.
    expect(Math.abs(turned - 32 * runs)).toBeLessThan(5 * Math.sqrt(16 * runs));
  });
});
