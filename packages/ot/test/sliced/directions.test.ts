import { ArgumentError, jit, random, type Tensor, tensor } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { directions, slicedWasserstein } from "../../src/sliced";
import { sobol } from "../../src/sliced/sobol";
import golden from "../golden/sliced.json";
import { expectNear } from "./close";

const data = (x: Tensor): Float64Array => x.dataSync() as Float64Array;

describe("sobol", () => {
  it("gives SciPy's points, moved to the middles of their cells", () => {
    const points = sobol(16, 6);
    expect([...points]).toEqual(golden.sobol.first.flat().map((v) => v + 1 / 32));
    const many = sobol(128, 128).slice(100 * 128, 101 * 128);
    expect([...many]).toEqual(golden.sobol.hundredth.map((v) => v + 1 / 256));
  });

  it("puts one of the first 2^k points into each of 2^k equal parts of every axis", () => {
    const points = sobol(64, 128);
    for (let k = 0; k < 128; k++) {
      const cells = Array.from({ length: 64 }, (_, i) =>
        Math.floor((points[i * 128 + k] ?? 0) * 64),
      );
      expect(new Set(cells).size).toBe(64);
    }
  });
});

describe("directions", () => {
  it.each(["mc", "orthogonal", "qmc"] as const)(
    "of kind %s have unit length in any dimension",
    (kind) => {
      for (const d of [1, 2, 3, 4, 17]) {
        const theta = directions(kind, 10, d, { seed: 3 });
        expect(theta.shape).toEqual([10, d]);
        const rows = data(theta);
        for (let l = 0; l < 10; l++)
          expect(Math.hypot(...rows.subarray(l * d, (l + 1) * d))).toBeCloseTo(1, 12);
      }
    },
  );

  it("average a quadratic form exactly where they are orthogonal bases", () => {
    const theta = directions("orthogonal", 12, 4, { seed: 1 });
    const A = [
      [2, 1, 0, 0],
      [1, 3, 0, 1],
      [0, 0, -1, 0],
      [0, 1, 0, 5],
    ];
    const mean = theta
      .matmul(tensor(A, { dtype: "f64" }))
      .mul(theta)
      .sum(1)
      .mean()
      .item();
    expect(mean).toBeCloseTo(9 / 4, 12);
  });

  it("have the moments of the sphere where they are independent: E (θ·v)² = ‖v‖²/d, variance 2‖v‖⁴(d − 1)/(d²(d + 2))", () => {
    const [L, d] = [20_000, 5];
    const squares = data(directions("mc", L, d, { seed: 4 }))
      .filter((_, i) => i % d === 2)
      .map((v) => v * v);
    const mean = squares.reduce((s, v) => s + v, 0) / L;
    const variance = squares.reduce((s, v) => s + (v - mean) ** 2, 0) / L;
    const exact = (2 * (d - 1)) / (d * d * (d + 2));
    expect(Math.abs(mean - 1 / d)).toBeLessThan(4 * Math.sqrt(exact / L));
    // The fourth central moment is below 16 variances squared: a relative error of 4/√L, four times.
    expect(Math.abs(variance / exact - 1)).toBeLessThan(16 / Math.sqrt(L));
  });

  it("turn evenly spread directions by one rotation, which keeps the angles between them", () => {
    const gram = (theta: Tensor) => data(theta.matmul(theta.T));
    const plain = directions("qmc", 6, 3);
    const turned = directions("qmc", 6, 3, { seed: 2, randomize: true });
    expect(data(plain)).not.toEqual(data(turned));
    expectNear(gram(turned), gram(plain), 1e-12);
  });

  it("come out of a compiled function that is given the key", () => {
    for (const kind of ["mc", "orthogonal"] as const) {
      const f = jit((key: Tensor) => directions(kind, 5, 3, { key }));
      expectNear(f(random.key(8)), directions(kind, 5, 3, { seed: 8 }), 1e-12);
    }
  });

  it("approximate the mean over the sphere far better when they are evenly spread in three dimensions", () => {
    // Two clouds of 300 normal points. The reference takes 20 000 directions of the spiral, whose error is below 10⁻⁶.
    const X = random.normal(random.key(11), [300, 3], { dtype: "f64" });
    const Y = random.normal(random.key(12), [300, 3], { dtype: "f64", mean: 1 });
    const cost = (sampler: "mc" | "qmc", projections: number, seed = 0) =>
      slicedWasserstein(X, Y, { sampler, projections, seed }).valueP;
    const reference = cost("qmc", 20_000);
    for (const [L, published] of [
      [10, 1.9e-2],
      [100, 2.5e-4],
      [1000, 2.1e-5],
    ] as const) {
      const error = Math.abs(cost("qmc", L) - reference);
      const squares = Array.from({ length: 40 }, (_, k) => (cost("mc", L, k) - reference) ** 2);
      const rms = Math.sqrt(squares.reduce((s, v) => s + v, 0) / 40);
      // The published figures are of other clouds of the same kind.
      expect(error).toBeLessThan(10 * published);
      expect(rms).toBeGreaterThan(5 * error);
    }
  });

  it("say what does not fit", () => {
    expect(() => directions("mc", 0, 3)).toThrow(ArgumentError);
    expect(() => directions("mc", 3, 1.5)).toThrow("expected a positive integer d; got 1.5");
    expect(() => directions("halton" as "mc", 3, 3)).toThrow('got "halton"');
    expect(() => directions("qmc", 3, 129)).toThrow("at most 128 dimensions; got 129");
  });
});

describe("slicedWasserstein", () => {
  it("agrees with POT on weighted clouds of unequal sizes", () => {
    const { x, y, a, theta, values } = golden.sliced;
    for (const p of [1, 2, 3] as const) {
      const { value } = slicedWasserstein(x, y, { a, theta, p });
      expect(value).toBeCloseTo(values[p], 12);
    }
  });
});
