import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError, jit, scan, stack, type Tensor, tensor, vmap } from "../../src/index";
import { threefry2x32 } from "../../src/internal/threefry";
import { bits, foldIn, key, split, uniform } from "../../src/random";
import { expectUncorrelated } from "./fit";

const words = (k: Tensor): number[] => Array.from(k.dataSync());

describe("key", () => {
  it("holds the high and the low word of the seed", () => {
    expect(words(key(0))).toEqual([0, 0]);
    expect(words(key(7))).toEqual([0, 7]);
    expect(words(key(2 ** 40 + 3))).toEqual([256, 3]);
    expect(words(key(0xdeadbeef_00000001n))).toEqual([0xdeadbeef, 1]);
  });

  it("takes negative seeds modulo 2^64", () => {
    expect(words(key(-1))).toEqual([0xffffffff, 0xffffffff]);
    expect(words(key(-1n))).toEqual(words(key(2n ** 64n - 1n)));
  });

  it("refuses seeds that are not integers", () => {
    expect(() => key(0.5)).toThrow(ArgumentError);
    expect(() => key(0.5)).toThrow("key: expected a safe integer or a bigint for a seed; got 0.5");
    expect(() => key(Number.NaN)).toThrow(ArgumentError);
    expect(() => key(2 ** 60)).toThrow(ArgumentError);
  });
});

describe("bits", () => {
  it("begins with the published block of the zero key and counter", () => {
    // Random123 1.14, tests/kat_vectors: threefry2x32, 20 rounds.
    expect(words(bits(key(0), [2]))).toEqual([0x6b200159, 0x99ba4efe]);
  });

  it("holds the block of counter (i, 0) at places 2i and 2i + 1, for any key", () => {
    const seed = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(seed, fc.integer({ min: 0, max: 40 }), (s, count) => {
        const k = key(s);
        const [k0, k1] = words(k) as [number, number];
        const expected = Array.from(
          { length: count },
          (_, i) => threefry2x32(k0, k1, i >> 1, 0)[i & 1],
        );
        expect(words(bits(k, [count]))).toEqual(expected);
      }),
    );
  });

  it("fills any shape in C order", () => {
    const k = key(3);
    expect(bits(k, [2, 3]).reshape([6]).toArray()).toEqual(bits(k, [6]).toArray());
    expect(bits(k, []).shape).toEqual([]);
    expect(bits(k, [0, 3]).shape).toEqual([0, 3]);
  });

  it("refuses what is not one key", () => {
    const message = "expected a key, u32 of shape [2]";
    expect(() => bits(tensor([1, 2]), [3])).toThrow(message);
    expect(() => bits(stack(split(key(0))), [3])).toThrow("use vmap for several at once");
    expect(() => bits(7 as unknown as Tensor, [3])).toThrow(ArgumentError);
    expect(() => bits(key(0), [-1])).toThrow(RangeError);
  });
});

describe("split and foldIn", () => {
  it("give the published cipher's blocks in streams of their own", () => {
    const k = key(0xdeadbeef_00000001n);
    expect(split(k, 3).map(words)).toEqual([0, 1, 2].map((i) => threefry2x32(0xdeadbeef, 1, i, 1)));
    expect(words(foldIn(k, 5))).toEqual(threefry2x32(0xdeadbeef, 1, 5, 2));
  });

  it("give keys that differ from each other, from the parent's words and from other parents' keys", () => {
    const all: string[] = [];
    for (const seed of [0, 1, 2 ** 32]) {
      const k = key(seed);
      const word = words(bits(k, [100]));
      for (let i = 0; i < 100; i += 2) all.push(word.slice(i, i + 2).join());
      all.push(...split(k, 50).map((c) => words(c).join()));
      for (let i = 0; i < 50; i++) all.push(words(foldIn(k, i)).join());
    }
    expect(new Set(all).size).toBe(all.length);
  });

  it("give streams that are not correlated with each other or with the parent's", () => {
    const k = key(11);
    const n = 4096;
    const draw = (c: Tensor): ArrayLike<number> => uniform(c, [n]).dataSync();
    const [a, b] = split(k) as [Tensor, Tensor];
    const samples = [k, a, b, foldIn(k, 0), foldIn(k, 1), key(12)].map(draw);
    samples.forEach((x, i) => {
      for (const y of samples.slice(i + 1)) expectUncorrelated(x, y);
    });
  });

  it("keep the first keys when more are split off", () => {
    expect(split(key(5), 2).map(words)).toEqual(split(key(5), 4).slice(0, 2).map(words));
    expect(split(key(5), 0)).toEqual([]);
  });

  it("work the same traced as on concrete keys", () => {
    const k = key(9);
    const both = (c: Tensor, n: Tensor): Tensor[] => [...split(c, 2), foldIn(c, n)];
    const step = tensor(4, { dtype: "i32" });
    const expected = [...split(k, 2), foldIn(k, 4)].map(words);
    expect(jit(both)(k, step).map(words)).toEqual(expected);
    const batch = vmap(both, { inAxes: [0, null] })(stack([key(1), k]), step);
    expect(batch.map((t) => words(t.at(1)))).toEqual(expected);
  });

  it("fold in the steps of a scan", () => {
    const k = key(2);
    const [, drawn] = scan(
      (i: Tensor) => [i.add(1), uniform(foldIn(k, i), [])],
      tensor(0, { dtype: "i32" }),
      null,
      { length: 4 },
    ) as [Tensor, Tensor];
    const expected = [0, 1, 2, 3].map((i) => uniform(foldIn(k, i), []).item());
    expect(drawn.toArray()).toEqual(expected);
  });

  it("refuse counts and data that are no integers in range", () => {
    expect(() => split(key(0), -1)).toThrow("split: expected a non-negative integer count; got -1");
    expect(() => split(key(0), 1.5)).toThrow(ArgumentError);
    expect(() => foldIn(key(0), -1)).toThrow("foldIn: expected an integer from 0 to 2^32 − 1");
    expect(() => foldIn(key(0), 2 ** 32)).toThrow(ArgumentError);
    expect(() => foldIn(key(0), tensor(1.5))).toThrow("got a tensor of f32 and shape []");
    expect(() => foldIn(tensor([0]), 1)).toThrow("foldIn: expected a key");
  });
});
