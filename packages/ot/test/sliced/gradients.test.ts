import { random, type Tensor } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { directions, type SlicedOptions, slicedWasserstein } from "../../src/sliced";
import { expectNear } from "./close";

const normal = (seed: number, shape: number[], mean = 0): Tensor =>
  random.normal(random.key(seed), shape, { dtype: "f64", mean });

const positive = (seed: number, n: number): Tensor => {
  const w = random.uniform(random.key(seed), [n], { dtype: "f64", low: 0.2 });
  return w.div(w.sum());
};

/** (f(+h) − f(−h))/2h. */
const central = (f: (h: number) => number, h: number): number => (f(h) - f(-h)) / (2 * h);

const dot = (x: Tensor | undefined, y: Tensor): number => (x as Tensor).mul(y).sum().item();

const h = 1e-5;

describe("gradients of slicedWasserstein", () => {
  it.each([
    [1, 12, 12],
    [2, 12, 12],
    [2, 12, 17],
    [1.5, 9, 20],
    [3, 20, 9],
  ])("by points are central differences for p = %s, %s and %s points", (p, n, m) => {
    const [X, Y] = [normal(1, [n, 3]), normal(2, [m, 3], 0.5)];
    const [U, V] = [normal(3, [n, 3]), normal(4, [m, 3])];
    const theta = directions("mc", 6, 3);
    const f = (x: Tensor, y: Tensor) => slicedWasserstein(x, y, { p, theta }).valueP;
    const { gradients } = slicedWasserstein(X, Y, { p, theta, gradients: ["X", "Y"] });
    // Between changes of order the function is a polynomial, or nearly; the error of the difference is of order h².
    expect(dot(gradients.X, U)).toBeCloseTo(
      central((t) => f(X.add(U.mul(t)), Y), h),
      6,
    );
    expect(dot(gradients.Y, V)).toBeCloseTo(
      central((t) => f(X, Y.add(V.mul(t))), h),
      6,
    );
  });

  it("by weights are central differences along changes that keep the sum, and centred", () => {
    const [X, Y] = [normal(1, [11, 3]), normal(2, [8, 3], 1)];
    const [a, b] = [positive(3, 11), positive(4, 8)];
    const theta = directions("mc", 6, 3);
    const moves = (seed: number, n: number) => {
      const v = normal(seed, [n]);
      return v.sub(v.mean());
    };
    for (const estimator of ["plain", "joint", "ucv"] as const) {
      const options: SlicedOptions = { a, b, theta: directions("mc", 9, 3), estimator };
      const frozen = slicedWasserstein(X, Y, { ...options, gradients: ["a", "b"] });
      if (estimator === "plain") {
        const f = (s: Tensor, t: Tensor) =>
          slicedWasserstein(X, Y, { ...options, a: s, b: t }).valueP;
        const [u, v] = [moves(5, 11), moves(6, 8)];
        expect(dot(frozen.gradients.a, u)).toBeCloseTo(
          central((t) => f(a.add(u.mul(t)), b), h),
          6,
        );
        expect(dot(frozen.gradients.b, v)).toBeCloseTo(
          central((t) => f(a, b.add(v.mul(t))), h),
          6,
        );
      }
      expect(Math.abs(dot(frozen.gradients.a, a))).toBeLessThan(1e-12);
      expect(Math.abs(dot(frozen.gradients.b, b))).toBeLessThan(1e-12);
    }
    // Where levels of both sides meet, left and right derivatives differ; equal clouds have 0 in the middle.
    const uniform = slicedWasserstein(X, X, { theta, gradients: ["a"] });
    expectNear(uniform.gradients.a, new Float64Array(11), 1e-12);
  });

  it.each(["lcv", "ucv", "joint"] as const)(
    "with %s hold the coefficients constant",
    (estimator) => {
      const [X, Y] = [normal(1, [14, 4]), normal(2, [10, 4], 1)];
      const [a, b] = [positive(3, 14), positive(4, 10)];
      const theta = directions("mc", 12, 4);
      const options: SlicedOptions = { a, b, theta, estimator };
      const { gradients, control } = slicedWasserstein(X, Y, {
        ...options,
        gradients: ["X", "Y", "a"],
      });
      const gamma = control?.gamma ?? [];
      const frozen = (x: Tensor, y: Tensor, w: Tensor): number => {
        const r = slicedWasserstein(x, y, { ...options, a: w });
        const plain = slicedWasserstein(x, y, { ...options, a: w, estimator: "plain" }).valueP;
        const { mean = [], exact = [] } = r.control ?? {};
        return gamma.reduce((s, g, k) => s - g * ((mean[k] ?? 0) - (exact[k] ?? 0)), plain);
      };
      const [U, V] = [normal(5, [14, 4]), normal(6, [10, 4])];
      const w = normal(7, [14]);
      const move = w.sub(w.mean());
      expect(dot(gradients.X, U)).toBeCloseTo(
        central((t) => frozen(X.add(U.mul(t)), Y, a), h),
        6,
      );
      expect(dot(gradients.Y, V)).toBeCloseTo(
        central((t) => frozen(X, Y.add(V.mul(t)), a), h),
        6,
      );
      expect(dot(gradients.a, move)).toBeCloseTo(
        central((t) => frozen(X, Y, a.add(move.mul(t))), h),
        6,
      );
    },
  );

  it("of the value itself are those of valueP times rootSlope, and vanish at equal clouds", () => {
    const [X, Y] = [normal(1, [14, 2]), normal(2, [14, 2], 1)];
    const U = normal(3, [14, 2]);
    const theta = directions("mc", 5, 2);
    for (const p of [1, 2, 3]) {
      const { gradients, rootSlope } = slicedWasserstein(X, Y, { p, theta, gradients: ["X"] });
      const f = (t: number) => slicedWasserstein(X.add(U.mul(t)), Y, { p, theta }).value;
      expect(rootSlope * dot(gradients.X, U)).toBeCloseTo(central(f, h), 6);
      const same = slicedWasserstein(X, X, { p, theta, gradients: ["X"] });
      expect(same.rootSlope).toBe(0);
      expectNear(same.gradients.X, new Float64Array(28), 0);
    }
  });

  it("scale with the points and the weights", () => {
    const [X, Y] = [normal(1, [10, 2]), normal(2, [7, 2], 1)];
    const theta = directions("mc", 5, 2);
    const one = slicedWasserstein(X, Y, { theta, gradients: ["X"] });
    const far = slicedWasserstein(X.mul(1e60), Y.mul(1e60), { theta, gradients: ["X"] });
    expectNear((far.gradients.X as Tensor).div(1e60), one.gradients.X, 1e-12);
    const a = new Float64Array(10).fill(0.2);
    const b = new Float64Array(7).fill(2 / 7);
    const heavy = slicedWasserstein(X, Y, { theta, a, b, gradients: ["X"] });
    expectNear(heavy.gradients.X, (one.gradients.X as Tensor).mul(2), 1e-12);
  });
});
