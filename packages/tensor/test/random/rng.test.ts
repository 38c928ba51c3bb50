import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/index";
import { foldIn, key, normal, Rng, randint, rng, uniform } from "../../src/random";
import { normalCdf } from "./distribution-functions";
import { expectDistribution, expectFrequencies, expectUncorrelated } from "./fit";

const many = (count: number, draw: () => number): number[] => Array.from({ length: count }, draw);

describe("Rng", () => {
  it("hands out the keys that foldIn derives from the seed's key", () => {
    const r = rng(42);
    for (let i = 0; i < 4; i++) {
      expect(r.next().toArray()).toEqual(foldIn(key(42), i).toArray());
    }
  });

  it("draws the numbers that the samplers draw with those keys", () => {
    const r = rng(7);
    const twin = rng(7);
    for (let i = 0; i < 50; i++) {
      expect(r.uniform()).toBe(uniform(twin.next(), [], { dtype: "f64" }).item());
      const z = normal(twin.next(), [], { dtype: "f64" }).item();
      // Kernels and Math differ in the last place of logarithms and cosines; |z| < 6.
      expect(Math.abs(r.normal() - z)).toBeLessThan(1e-14);
      const k = twin.next();
      const span = 3_000_000_001;
      expect(r.integer(span)).toBe(randint(k, [], { high: span, dtype: "u32" }).item());
    }
  });

  it("follows the distributions", () => {
    const r = rng(1);
    expectDistribution(
      many(20_000, () => r.uniform(-1, 3)),
      (x) => (x + 1) / 4,
    );
    expectDistribution(
      many(20_000, () => r.normal(5, 2)),
      (x) => normalCdf((x - 5) / 2),
    );
    expectFrequencies(
      many(20_000, () => r.integer(6)),
      new Array(6).fill(1 / 6),
    );
    const whole = many(2000, () => r.integer(2 ** 32));
    expectDistribution(whole, (x) => x / 2 ** 32);
    expect(r.integer(1)).toBe(0);
  });

  it("forks streams that are not correlated with its own", () => {
    const r = rng(3);
    const child = r.fork();
    const other = r.fork();
    const [a, b, c] = [r, child, other].map((g) => many(4096, () => g.uniform()));
    expectUncorrelated(a as number[], b as number[]);
    expectUncorrelated(a as number[], c as number[]);
    expectUncorrelated(b as number[], c as number[]);
  });

  it("goes on from its JSON as if nothing had happened", () => {
    const r = rng(9);
    r.normal();
    r.integer(10);
    const copy = Rng.fromJSON(JSON.parse(JSON.stringify(r)));
    expect(many(20, () => copy.uniform())).toEqual(many(20, () => r.uniform()));
    expect(copy.toJSON()).toEqual(r.toJSON());
  });

  it("changes to a new key before its counter would repeat", () => {
    const r = Rng.fromJSON({ kind: "rng", version: 1, key: [0, 5], counter: 2 ** 32 - 2 });
    expect(r.next().toArray()).toEqual(foldIn(key(5), 2 ** 32 - 2).toArray());
    const heir = foldIn(key(5), 2 ** 32 - 1);
    expect(r.next().toArray()).toEqual(foldIn(heir, 0).toArray());
    expect(r.toJSON().counter).toBe(1);
  });

  it("starts from a key, too", () => {
    expect(rng(key(4)).toJSON()).toEqual(rng(4).toJSON());
    expect(rng(2n ** 63n).toJSON().key).toEqual([2 ** 31, 0]);
  });

  it("refuses bad arguments", () => {
    const r = rng(0);
    expect(() => r.integer(0)).toThrow("Rng.integer: expected an integer from 1 to 2^32; got 0");
    expect(() => r.integer(2.5)).toThrow(ArgumentError);
    expect(() => r.uniform(1, 1)).toThrow("Rng.uniform: expected finite low < high");
    expect(() => r.normal(0, -1)).toThrow("Rng.normal: expected a finite mean and std ≥ 0");
    expect(() => rng(0.5)).toThrow("key: expected a safe integer or a bigint");
  });

  it.each([
    null,
    7,
    {},
    { kind: "rng", version: 2, key: [0, 0], counter: 0 },
    { kind: "rng", version: 1, key: [0, -1], counter: 0 },
    { kind: "rng", version: 1, key: [0, 0, 0], counter: 0 },
    { kind: "rng", version: 1, key: [0, 0.5], counter: 0 },
    { kind: "rng", version: 1, key: [0, 0], counter: 2 ** 32 },
    { kind: "rng", version: 1, key: "00", counter: 0 },
  ])("refuses the state %j", (state) => {
    expect(() => Rng.fromJSON(state)).toThrow("Rng.fromJSON: expected");
  });
});
