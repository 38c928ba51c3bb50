import { describe, expect, it } from "vitest";
import { ArgumentError, grad, type Tensor, type TensorLike, tensor } from "../../src/index";
import { bernoulli, binomial, bits, key, poisson, rademacher, randint } from "../../src/random";
import { binomialMass, poissonMass } from "./distribution-functions";
import { expectFrequencies, expectMoments, expectUncorrelated } from "./fit";

const n = 20_000;

describe("poisson", () => {
  it.each([0.01, 0.7, 3, 9.9, 10, 25, 400])("has the right frequencies at %d", (rate) => {
    const x = poisson(key(1), [n], { rate });
    expect(x.dtype).toBe("i32");
    expectFrequencies(x.dataSync(), poissonMass(rate, Math.ceil(rate + 10 * Math.sqrt(rate) + 10)));
    expectMoments(x.dataSync(), { mean: rate, variance: rate, kurtosis: 3 + 1 / rate });
  });

  it("does not change with a small change of the rate: gradients are 0, also of real counts", () => {
    const counts = (rate: Tensor): Tensor => poisson(key(1), [4], { rate, dtype: "f64" }).sum();
    expect(grad(counts)(tensor(3)).item()).toBe(0);
  });

  it("gives 0 for rate 0", () => {
    expect(poisson(key(1), [4], { rate: 0 }).toArray()).toEqual([0, 0, 0, 0]);
  });

  it.each([1e6, 1e12, 1e15])("keeps its moments at %d", (rate) => {
    const x = poisson(key(1), [n], { rate, dtype: "f64" }).dataSync();
    expectMoments(x, { mean: rate, variance: rate, kurtosis: 3 });
  });

  it("draws each element at its own rate and refuses negative ones", () => {
    const rate = tensor([0, 2, 50]);
    const x = poisson(key(2), [n, 3], { rate });
    expect(x.at("...", 0).any().item()).toBe(0);
    expectFrequencies(x.at("...", 2).dataSync(), poissonMass(50, 130));
    const text = "poisson: expected a finite number ≥ 0 for rate; got";
    expect(() => poisson(key(0), [1], { rate: -1 })).toThrow(`${text} -1`);
    expect(() => poisson(key(0), [2], { rate: tensor([1, Infinity]) })).toThrow(`${text} Infinity`);
    expect(() => poisson(key(0), [2], { dtype: "bool" as "i32" })).toThrow(ArgumentError);
  });
});

describe("binomial", () => {
  it.each([
    [1, 0.3],
    [20, 0.01],
    [20, 0.5],
    [20, 0.9],
    [40, 0.25],
    [150, 0.1],
    [1000, 0.7],
  ])("has the right frequencies for n = %d, p = %d", (trials, p) => {
    const x = binomial(key(3), [n], { n: trials, p }).dataSync();
    expectFrequencies(x, binomialMass(trials, p));
    const variance = trials * p * (1 - p);
    const kurtosis = 3 + (1 - 6 * p * (1 - p)) / variance;
    expectMoments(x, { mean: trials * p, variance, kurtosis });
  });

  it("knows the outcome for p = 0, p = 1 and n = 0", () => {
    const p = tensor([0, 1, 0.5]);
    expect(binomial(key(0), [3], { n: tensor([5, 5, 0]), p }).toArray()).toEqual([0, 5, 0]);
  });

  it("keeps its moments for huge n and for rare successes", () => {
    const many = binomial(key(4), [n], { n: 2 ** 50, p: 0.25, dtype: "f64" }).dataSync();
    const variance = 2 ** 50 * 0.1875;
    expectMoments(many, { mean: 2 ** 48, variance, kurtosis: 3 });
    const rare = binomial(key(4), [n], { n: 2 ** 30, p: 3 / 2 ** 30 }).dataSync();
    expectFrequencies(rare, poissonMass(3, 25));
  });

  it("has gradient 0 in its probability", () => {
    const counts = (p: Tensor): Tensor => binomial(key(1), [4], { n: 9, p, dtype: "f64" }).sum();
    expect(grad(counts)(tensor(0.3)).item()).toBe(0);
  });

  it("refuses what is not a count or a probability", () => {
    expect(() => binomial(key(0), [1], { n: 1.5 })).toThrow(
      "binomial: expected a whole number from 0 to 2^53 for n; got 1.5",
    );
    expect(() => binomial(key(0), [1], { n: 2, p: 1.2 })).toThrow(
      "binomial: expected a probability from 0 to 1 for p; got 1.2",
    );
    expect(() => binomial(key(0), [2], { n: tensor([1, -1]) })).toThrow("for n; got -1");
  });
});

describe("bernoulli", () => {
  it("is true with probability p", () => {
    for (const p of [0.5, 0.03]) {
      const x = bernoulli(key(5), [n], { p });
      expect(x.dtype).toBe("bool");
      expectFrequencies(x.dataSync(), [1 - p, p]);
    }
  });

  it("is never true for 0, always for 1, and takes a probability for each element", () => {
    const x = bernoulli(key(5), [1000, 2], { p: tensor([0, 1]) });
    expect(x.at("...", 0).any().item()).toBe(0);
    expect(x.at("...", 1).all().item()).toBe(1);
    expect(() => bernoulli(key(0), [1], { p: -0.1 })).toThrow(
      "bernoulli: expected a probability from 0 to 1 for p; got -0.1",
    );
  });

  it("tells probabilities apart that f32 fractions of a word would not", () => {
    const hits = bernoulli(key(6), [4_000_000], { p: 2 ** -20 })
      .sum()
      .item();
    // 3.8 expected; more than 16 has probability 2e-6.
    expect(hits).toBeLessThan(17);
  });

  it("is true where a word of 32 bits, as a fraction, is below p, to the last bit", () => {
    const words = bits(key(7), [64]);
    const least = Array.from(words.dataSync(), (w) => w * 2 ** -32);
    const next = least.map((p) => p + 2 ** -32);
    const drawn = (p: TensorLike): number[] =>
      Array.from(bernoulli(key(7), [64], { p }).dataSync());
    expect(drawn(tensor(least, { dtype: "f64" }))).toEqual(least.map(() => 0));
    expect(drawn(tensor(next, { dtype: "f64" }))).toEqual(next.map(() => 1));
    for (const p of [...least.slice(0, 4), ...next.slice(0, 4), 0, 1, 1 - 2 ** -32, 2 ** -32]) {
      expect(drawn(p)).toEqual(least.map((w) => Number(w < p)));
      const float = Math.fround(p);
      expect(drawn(tensor(p))).toEqual(least.map((w) => Number(w < float)));
    }
  });
});

describe("rademacher", () => {
  it.each(["f32", "f64", "i32"] as const)("gives both signs equally often in %s", (dtype) => {
    const x = rademacher(key(7), [n], { dtype });
    expect(x.dtype).toBe(dtype);
    expect(x.abs().equal(1).all().item()).toBe(1);
    expectMoments(x.dataSync(), { mean: 0, variance: 1, kurtosis: 1.0001 });
    expectUncorrelated(x.dataSync().slice(1), x.dataSync().slice(0, -1));
  });

  it("refuses dtypes without a −1", () => {
    expect(() => rademacher(key(0), [1], { dtype: "u8" as "i32" })).toThrow(ArgumentError);
  });
});

describe("randint", () => {
  it.each([
    [0, 1],
    [0, 6],
    [-3, 8],
    [5, 6],
  ])("draws from %d up to, not including, %d equally often", (low, high) => {
    const x = randint(key(8), [n], { low, high });
    expect(x.dtype).toBe("i32");
    const span = high - low;
    expectFrequencies(x.sub(low).dataSync(), new Array(span).fill(1 / span));
  });

  it("is the high word of the product of 64 random bits and the span", () => {
    for (const span of [3, 65_537, 3_000_000_000, 2 ** 32 - 1]) {
      const k = key(9);
      const count = 200;
      const w = randintWords(k, count);
      const expected = w.map((x) => Number((x * BigInt(span)) >> 64n));
      expect(randint(k, [count], { high: span, dtype: "u32" }).toArray()).toEqual(expected);
    }
  });

  it("reaches the ends of the integer types", () => {
    const whole = randint(key(1), [n], { low: -(2 ** 31), high: 2 ** 31 });
    expectMoments(whole.cast("f64").dataSync(), {
      mean: -0.5,
      variance: 2 ** 64 / 12,
      kurtosis: 1.8,
    });
    const odd = randint(key(1), [n], { low: -(2 ** 31), high: 2 ** 31 - 1 }).cast("f64");
    expectMoments(odd.dataSync(), { mean: -1, variance: 2 ** 64 / 12, kurtosis: 1.8 });
    const bytes = randint(key(1), [n], { high: 256, dtype: "u8" });
    expect(bytes.dtype).toBe("u8");
    expectFrequencies(bytes.dataSync(), new Array(256).fill(1 / 256));
  });

  it("takes a range for each element", () => {
    const low = tensor([-4, 0, 100], { dtype: "i32" });
    const high = tensor([-3, 2, 400], { dtype: "i32" });
    const x = randint(key(2), [n, 3], { low, high });
    expect(x.at("...", 0).equal(-4).all().item()).toBe(1);
    expectFrequencies(x.at("...", 1).dataSync(), [0.5, 0.5]);
    expectFrequencies(x.at("...", 2).sub(100).dataSync(), new Array(300).fill(1 / 300));
  });

  it("refuses empty ranges, fractions and bounds that the dtype does not hold", () => {
    expect(() => randint(key(0), [1], { low: 3, high: 3 })).toThrow(
      "randint: expected low < high; got low = 3, high = 3",
    );
    expect(() => randint(key(0), [1], { high: 1.5 })).toThrow(ArgumentError);
    expect(() => randint(key(0), [1], { high: 2 ** 31 + 1 })).toThrow(
      "randint: expected integers from -2147483648 to 2147483648 for low and high with dtype i32; got 2147483649",
    );
    expect(() => randint(key(0), [1], { low: -1, high: 4, dtype: "u8" })).toThrow(ArgumentError);
    expect(() => randint(key(0), [1], { high: tensor(2) })).toThrow(
      "randint: expected integers for high; got a tensor of f32 and shape []",
    );
    expect(() => randint(key(0), [1], { high: 2, dtype: "f32" as "i32" })).toThrow(ArgumentError);
  });
});

/** The 64-bit words behind `count` integers: all first halves, then all second halves. */
function randintWords(k: ReturnType<typeof key>, count: number): bigint[] {
  const w = bits(k, [2 * count]).dataSync();
  return Array.from({ length: count }, (_, i) => {
    return (BigInt(w[i] as number) << 32n) | BigInt(w[count + i] as number);
  });
}
