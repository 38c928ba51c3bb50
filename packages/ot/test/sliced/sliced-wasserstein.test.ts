import { ArgumentError, random, ShapeError, setThreads, type Tensor, tensor } from "@x/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directions, slicedWasserstein } from "../../src/sliced";
import { lineCost, slicedCost } from "./brute-force";
import { expectNear } from "./close";

type Rows = number[][];
const rows = (x: Tensor): Rows => x.toArray() as Rows;
const normal = (seed: number, shape: number[], mean = 0): Tensor =>
  random.normal(random.key(seed), shape, { dtype: "f64", mean });
const weights = (seed: number, n: number): number[] => {
  const w = random.uniform(random.key(seed), [n], { dtype: "f64", low: 0.1 }).toArray() as number[];
  const sum = w.reduce((s, v) => s + v, 0);
  return w.map((v) => v / sum);
};

/** A few roundings of sums of about a hundred terms. */
const digits = 1e-12;

describe("slicedWasserstein", () => {
  it.each([1, 1.5, 2, 3])(
    "equals the integral of quantile differences for p = %s, unequal sizes and weights",
    (p) => {
      const [X, Y] = [normal(1, [23, 3]), normal(2, [31, 3], 0.5)];
      const [a, b] = [weights(3, 23), weights(4, 31)];
      const theta = directions("mc", 7, 3, { seed: 5 });
      const expected = slicedCost(rows(X), rows(Y), rows(theta), p, a, b);
      const weighted = slicedWasserstein(X, Y, { p, a, b, theta });
      expect(Math.abs(weighted.valueP - expected)).toBeLessThan(digits * expected);
      expect(weighted.value).toBeCloseTo(expected ** (1 / p), 12);
      const uniform = slicedCost(rows(X), rows(Y), rows(theta), p);
      expect(Math.abs(slicedWasserstein(X, Y, { p, theta }).valueP - uniform)).toBeLessThan(
        digits * uniform,
      );
      // Asking for gradients sorts positions instead of values.
      const same = slicedWasserstein(X, Y, { p, theta, gradients: ["X"] }).valueP;
      expect(Math.abs(same - uniform)).toBeLessThan(digits * uniform);
    },
  );

  it.each([2, 9, 25, 300, 3000])("equals the sum over sorted pairs for %s points each", (n) => {
    const [X, Y] = [normal(1, [n, 1]), normal(2, [n, 1], 1)];
    const sorted = (x: Tensor) => (x.dataSync() as Float64Array).sort();
    const [x, y] = [sorted(X), sorted(Y)];
    const expected = x.reduce((s, v, k) => s + Math.abs(v - (y[k] ?? 0)) ** 3, 0) / n;
    const options = { p: 3, theta: [[1]] };
    expect(Math.abs(slicedWasserstein(X, Y, options).valueP - expected)).toBeLessThan(
      digits * expected,
    );
    const ordered = slicedWasserstein(X, Y, { ...options, gradients: ["Y"] });
    expect(Math.abs(ordered.valueP - expected)).toBeLessThan(digits * expected);
    // Projections in f32 are off by 2⁻²⁴ of their size, up to 5, and the derivative of the cube is at most 3 · 5².
    const single = slicedWasserstein(X, Y, { ...options, precision: "f32" }).valueP;
    expect(Math.abs(single - expected)).toBeLessThan(2 ** -23 * 5 * 75);
  });

  it.each([2000, 140_000])(
    "sorts %s points exactly where most crowd together beside a few far away",
    (n) => {
      // So crowded that the leading bits of the place between the ends tell nothing.
      const x = Float64Array.from({ length: n }, (_, i) => ((i * 7919) % n) * 1e-9);
      x[0] = 1e6;
      x[1] = -1e6;
      const X = tensor(x, { shape: [n, 1] });
      const shifted = slicedWasserstein(X, X.add(1e-3), { theta: [[1]], p: 1 });
      // Adding 10⁻³ to 10⁶ rounds at 10⁻¹⁰, and means of 10⁶ at 10⁻¹⁶ of it.
      expect(Math.abs(shifted.valueP - 1e-3)).toBeLessThan(1e-9);
      const reversed = tensor(x.slice().reverse(), { shape: [n, 1] });
      expect(slicedWasserstein(X, reversed, { theta: [[1]] }).valueP).toBeLessThan(1e-18);
      const ordered = slicedWasserstein(X, reversed, { theta: [[1]], gradients: ["X"] });
      expect(ordered.valueP).toBeLessThan(1e-18);
    },
  );

  it("takes points on a line for their own projections, whatever the weights and sizes", () => {
    const value = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    const points = fc.array(fc.tuple(value, fc.double({ min: 0.01, max: 1, noNaN: true })), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(points, points, fc.constantFrom(1, 2, 2.5), (u, v, p) => {
        const normalized = (w: number[]) => w.map((x) => x / w.reduce((s, y) => s + y, 0));
        const [a, b] = [normalized(u.map((x) => x[1])), normalized(v.map((x) => x[1]))];
        const [x, y] = [u.map((t) => t[0]), v.map((t) => t[0])];
        const cost = lineCost(x, y, p, a, b);
        const got = slicedWasserstein(
          x.map((t) => [t]),
          y.map((t) => [t]),
          { p, a, b, theta: [[1]] },
        ).valueP;
        // Levels of the two sums may disagree by 10⁻¹⁵ or so, which moves that mass by up to 2 · 10³.
        expect(Math.abs(got - cost)).toBeLessThanOrEqual(1e-12 * cost + 1e-13 * 2000 ** p);
      }),
    );
  });

  it("is symmetric, and 0 between a cloud and its points doubled or taken with halved weights", () => {
    const [X, Y] = [normal(1, [40, 3]), normal(2, [25, 3], 1)];
    const theta = directions("mc", 11, 3);
    const there = slicedWasserstein(X, Y, { theta }).valueP;
    expect(Math.abs(slicedWasserstein(Y, X, { theta }).valueP - there)).toBeLessThan(
      digits * there,
    );
    const twice = [...rows(X), ...rows(X)];
    expect(slicedWasserstein(X, twice, { theta }).valueP).toBeLessThan(1e-28);
    const a = Array.from({ length: 80 }, () => 1 / 80);
    expect(Math.abs(slicedWasserstein(twice, Y, { theta, a }).valueP - there)).toBeLessThan(
      digits * there,
    );
  });

  it("ignores points of weight 0, and counts weights of any sum in proportion", () => {
    const [X, Y] = [normal(1, [12, 2]), normal(2, [9, 2], 1)];
    const theta = directions("mc", 5, 2);
    const a = weights(3, 12);
    const b = weights(4, 9);
    const plain = slicedWasserstein(X, Y, { theta, a, b }).valueP;
    const more = slicedWasserstein([...rows(X), [1e3, 0]], Y, { theta, a: [...a, 0], b }).valueP;
    expect(Math.abs(more - plain)).toBeLessThan(1e-10 * plain);
    const tripled = slicedWasserstein(X, Y, {
      theta,
      a: a.map((w) => 3 * w),
      b: b.map((w) => 3 * w),
    });
    expect(Math.abs(tripled.valueP - 3 * plain)).toBeLessThan(digits * tripled.valueP);
  });

  it("is (θ·t)² along each direction after a translation by t, far from the origin as well", () => {
    const t = [1, 2, -2];
    const X = normal(1, [50, 3], 1e6);
    const theta = directions("mc", 9, 3);
    const { perDirection } = slicedWasserstein(X, X.add(t), { theta });
    const along = rows(theta).map((r) => r.reduce((s, v, k) => s + v * (t[k] ?? 0), 0) ** 2);
    // Adding t to 10⁶ loses 10⁻¹⁰.
    expectNear(perDirection, along, 1e-8);
  });

  it("approaches ‖m₁ − m₂‖²/d + (σ₁ − σ₂)² between isotropic Gaussians", () => {
    const X = normal(1, [20_000, 4]);
    const Y = normal(2, [20_000, 4]).mul(2).add(1);
    const { valueP } = slicedWasserstein(X, Y, { sampler: "orthogonal", projections: 64 });
    // Means are off by 2/√20000 · √(5/4) per coordinate: 2 %, as is the whole.
    expect(Math.abs(valueP - 2)).toBeLessThan(0.06);
  });

  it("keeps its result while clouds are scaled out of the range of squares", () => {
    const [X, Y] = [normal(1, [30, 2]), normal(2, [20, 2], 1)];
    const theta = directions("mc", 5, 2);
    const plain = slicedWasserstein(X, Y, { theta }).value;
    for (const scale of [1e-200, 1e200]) {
      const { value, status } = slicedWasserstein(X.mul(scale), Y.mul(scale), {
        theta,
        estimator: "lcv",
        gamma: "paper",
      });
      expect(Number.isFinite(value)).toBe(true);
      expect(status).toBe("ok");
      expect(
        slicedWasserstein(X.mul(scale), Y.mul(scale), { theta }).value / scale / plain,
      ).toBeCloseTo(1, 10);
    }
  });

  it("gives the same bits for any number of threads, at every call", () => {
    const [X, Y] = [normal(1, [900, 3]), normal(2, [900, 3], 1)];
    const theta = directions("mc", 300, 3);
    const run = () => {
      const r = slicedWasserstein(X, Y, { theta, gradients: ["X", "Y"] });
      const bytes = [
        slicedWasserstein(X, Y, { theta }).perDirection,
        r.perDirection,
        r.gradients.X,
        r.gradients.Y,
      ];
      return bytes.map((t) => [...((t as Tensor).dataSync() as Float64Array)]);
    };
    setThreads(1);
    const one = run();
    setThreads(2);
    for (let k = 0; k < 3; k++) expect(run()).toEqual(one);
    // Clouds beyond the scratch memory of a thread take another path.
    const [P, Q] = [normal(3, [60_000, 2]), normal(4, [60_000, 2])];
    const few = directions("mc", 6, 2);
    const two = slicedWasserstein(P, Q, { theta: few }).perDirection.toArray();
    setThreads(1);
    expect(slicedWasserstein(P, Q, { theta: few }).perDirection.toArray()).toEqual(two);
  });

  it("projects the same in many dimensions, where a matrix product does it", () => {
    const [X, Y] = [normal(1, [20, 60]), normal(2, [30, 60], 1)];
    const theta = directions("mc", 5, 60);
    const expected = slicedCost(rows(X), rows(Y), rows(theta), 2);
    expect(Math.abs(slicedWasserstein(X, Y, { theta }).valueP - expected)).toBeLessThan(
      digits * expected,
    );
  });

  it("says what does not fit", () => {
    const X = [
      [0, 0],
      [1, 1],
    ];
    expect(() => slicedWasserstein(X, [[1, 2, 3]])).toThrow(ShapeError);
    expect(() => slicedWasserstein(X, X, { p: 0.5 })).toThrow("expected a finite p ≥ 1; got 0.5");
    expect(() => slicedWasserstein(X, X, { projections: 0 })).toThrow(
      "expected a positive integer of projections; got 0",
    );
    expect(() => slicedWasserstein(X, X, { theta: [[1, 1]] })).toThrow("row 0 has length 1.414");
    const given = tensor(Float64Array.of(3, 4), { shape: [1, 2] });
    slicedWasserstein(X, X, { theta: given, normalize: true });
    expect(given.toArray()).toEqual([[3, 4]]);
    expect(slicedWasserstein(X, X, { theta: [[3, 4]], normalize: true }).theta.toArray()).toEqual([
      [0.6, 0.8],
    ]);
    expect(() => slicedWasserstein(X, X, { theta: [[1, 0, 0]] })).toThrow(ShapeError);
    expect(() => slicedWasserstein(X, [[Number.NaN, 0]])).toThrow("Y[0, 0] = NaN");
    expect(() => slicedWasserstein(X, X, { a: [1, 1] })).toThrow(ArgumentError);
    expect(() => slicedWasserstein(X, X, { projections: 2, estimator: "ucv" })).toThrow(
      "at least 3 directions",
    );
  });
});
