import { describe, expect, it } from "vitest";
import { ArgumentError, jit, ShapeError, type Tensor, tensor } from "../../src/index";
import { categorical, choice, key, permutation, split } from "../../src/random";
import { expectFrequencies, expectMoments } from "./fit";

const n = 20_000;

describe("categorical", () => {
  it("draws classes with probabilities proportional to e^logits", () => {
    const p = [0.1, 0.2, 0, 0.7];
    const logits = tensor(p, { dtype: "f64" }).log().add(5);
    const x = categorical(key(1), logits, { shape: [n] });
    expect(x.dtype).toBe("i32");
    expectFrequencies(x.dataSync(), p);
    expect(x.equal(2).any().item()).toBe(0);
  });

  it("draws one class for each row, along any axis", () => {
    const logits = tensor([
      [0, -Infinity],
      [-Infinity, 0],
      [0, 0],
    ]);
    const x = categorical(key(2), logits.broadcastTo([n, 3, 2]));
    expect(x.shape).toEqual([n, 3]);
    expect(x.at("...", 0).any().item()).toBe(0);
    expect(x.at("...", 1).all().item()).toBe(1);
    expectFrequencies(x.at("...", 2).dataSync(), [0.5, 0.5]);
    const y = categorical(key(2), logits.T, { axis: 0, shape: [n, 3] });
    expect(y.shape).toEqual([n, 3]);
    expectFrequencies(y.at("...", 2).dataSync(), [0.5, 0.5]);
  });

  it("does not tie among a million equal classes", () => {
    const x = categorical(key(3), tensor(0).broadcastTo([1_000_000]), { shape: [] }).item();
    expect(x).toBeGreaterThanOrEqual(0);
    const many = categorical(key(4), tensor(0).broadcastTo([500, 2000])).dataSync();
    // Equal largest Gumbel numbers would favour low classes.
    expectMoments(many, { mean: 999.5, variance: 2000 ** 2 / 12, kurtosis: 1.8 });
  });

  it("refuses logits without classes or that do not fit the shape", () => {
    expect(() => categorical(key(0), tensor([[], []]))).toThrow(
      "categorical: expected at least one class; axis 1 of logits [2, 0] is empty",
    );
    expect(() => categorical(key(0), tensor([[1, 2]]).broadcastTo([3, 2]), { shape: [2] })).toThrow(
      ShapeError,
    );
    expect(() => categorical(key(0), tensor([[1, 2]]).broadcastTo([3, 2]), { shape: [1] })).toThrow(
      "name the sample's full shape",
    );
    expect(() => categorical(key(0), tensor(1))).toThrow(RangeError);
  });
});

describe("permutation", () => {
  it("holds every position once", () => {
    for (const count of [0, 1, 2, 1000]) {
      const x = permutation(key(count), count);
      expect(x.dtype).toBe("i32");
      expect(x.sort().toArray()).toEqual(Array.from({ length: count }, (_, i) => i));
    }
  });

  it("gives each of the 24 orders of four equally often", () => {
    const orders = new Map<string, number>();
    for (const k of split(key(5), 12_000)) {
      const order = (permutation(k, 4).toArray() as number[]).join();
      if (!orders.has(order)) orders.set(order, 0);
      orders.set(order, (orders.get(order) as number) + 1);
    }
    const drawn = [...orders.values()].flatMap((c, i) => new Array<number>(c).fill(i));
    expectFrequencies(drawn, new Array(24).fill(1 / 24));
  });

  it("reorders the slices of a tensor along an axis", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const order = permutation(key(6), 3);
    expect(permutation(key(6), x, { axis: 1 }).toArray()).toEqual(x.take(order, 1).toArray());
    expect(permutation(key(6), x, { axis: -1 }).toArray()).toEqual(x.take(order, 1).toArray());
    expect(permutation(key(6), x).sort(0).toArray()).toEqual(x.toArray());
  });

  it("refuses counts that are no integers and axes out of range", () => {
    expect(() => permutation(key(0), 2.5)).toThrow(
      "permutation: expected an integer from 0 to 2^31 − 1 or a tensor; got 2.5",
    );
    expect(() => permutation(key(0), -1)).toThrow(ArgumentError);
    expect(() => permutation(key(0), tensor(1))).toThrow(RangeError);
  });
});

describe("choice with replacement", () => {
  it("draws all positions equally often without weights", () => {
    expectFrequencies(choice(key(1), 7, { shape: [n] }).dataSync(), new Array(7).fill(1 / 7));
  });

  it("draws in proportion to weights, which need not sum to 1", () => {
    const x = choice(key(2), 5, { shape: [n], p: [0, 3, 2, 5, 0] });
    expectFrequencies(x.dataSync(), [0, 0.3, 0.2, 0.5, 0]);
    expect(x.equal(0).logicalOr(x.equal(4)).any().item()).toBe(0);
  });

  it("picks slices of a tensor, with the shape in place of the axis", () => {
    const x = tensor([
      [1, 2, 3],
      [10, 20, 30],
    ]);
    const index = choice(key(3), 3, { shape: [2, 2] });
    const picked = choice(key(3), x, { shape: [2, 2], axis: 1 });
    expect(picked.shape).toEqual([2, 2, 2]);
    expect(picked.toArray()).toEqual(x.take(index, 1).toArray());
    expect(choice(key(3), x).shape).toEqual([3]);
  });
});

describe("choice without replacement", () => {
  it("draws each subset equally often without weights", () => {
    const seen = split(key(4), 5000).map((k) => {
      const [a, b] = choice(k, 4, { shape: [2], replace: false }).toArray() as [number, number];
      expect(a).not.toBe(b);
      return Math.min(a, b) * 4 + Math.max(a, b);
    });
    const pairs = [1, 2, 3, 6, 7, 11];
    expectFrequencies(
      seen.map((s) => pairs.indexOf(s)),
      new Array(6).fill(1 / 6),
    );
  });

  it("draws one after the other in proportion to the weights of what is left", () => {
    const p = [1, 2, 3, 4];
    const first = (i: number): number => (p[i] as number) / 10;
    const probabilities = p.flatMap((_, i) =>
      p.map((w, j) => (i === j ? 0 : (first(i) * w) / (10 - (p[i] as number)))),
    );
    const seen = split(key(5), 8000).map((k) => {
      const [a, b] = choice(k, 4, { shape: [2], replace: false, p }).toArray() as [number, number];
      return 4 * a + b;
    });
    expectFrequencies(seen, probabilities);
  });

  it("draws all of them as a permutation, and nothing", () => {
    const all = choice(key(6), 50, { shape: [50], replace: false, p: new Array(50).fill(0.02) });
    expect(all.sort().toArray()).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(choice(key(6), 0, { shape: [0] }).shape).toEqual([0]);
    expect(choice(key(6), 3, { shape: [0], p: [1, 1, 1] }).shape).toEqual([0]);
  });
});

describe("choice", () => {
  it("works on traced weights", () => {
    const draw = (p: Tensor): Tensor => choice(key(7), 3, { shape: [100], p });
    const p = tensor([0.2, 0.5, 0.3]);
    expect(jit(draw)(p).toArray()).toEqual(draw(p).toArray());
  });

  it("refuses to draw from nothing, too often, or by weights that are none", () => {
    expect(() => choice(key(0), 0)).toThrow("choice: expected at most 0 draws from 0 elements");
    expect(() => choice(key(0), 2, { shape: [3], replace: false })).toThrow(
      "choice: expected at most 2 draws without replacement from 2 elements; got shape [3]",
    );
    expect(() => choice(key(0), 2, { p: [1, -1] })).toThrow(
      "choice: expected finite weights ≥ 0; got -1",
    );
    expect(() => choice(key(0), 2, { p: [0, 0] })).toThrow("at least 1 positive weights; got 0");
    expect(() => choice(key(0), 3, { p: [1, 0, 0], shape: [2], replace: false })).toThrow(
      "choice: expected at least 2 positive weights; got 1",
    );
    expect(() => choice(key(0), 2, { p: [1, 2, 3] })).toThrow(ShapeError);
  });
});
