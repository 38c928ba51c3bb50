import { ArgumentError, random, ShapeError, type Tensor, tensor } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { emdSample, wassersteinCircle } from "../../src/exact";
import {
  directions,
  generalizedSlicedWasserstein,
  liftedPlan,
  maxSlicedWasserstein,
  minSlicedPlan,
  slicedWasserstein,
  sphericalSlicedWasserstein,
} from "../../src/sliced";
import { lineCost } from "./brute-force";
import { expectNear } from "./close";

const normal = (seed: number, shape: number[], mean = 0): Tensor =>
  random.normal(random.key(seed), shape, { dtype: "f64", mean });
const rows = (x: Tensor): number[][] => x.toArray() as number[][];
const dot = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((s, v, k) => s + v * (y[k] ?? 0), 0);

describe("maxSlicedWasserstein", () => {
  it("finds the translation, and the axis in which spreads differ", () => {
    const X = normal(1, [60, 5]);
    const t = [1, -2, 0, 2, 0];
    const shifted = maxSlicedWasserstein(X, X.add(t));
    expect(shifted.value).toBeCloseTo(3, 9);
    expect(Math.abs(dot(shifted.theta.toArray() as number[], t))).toBeCloseTo(3, 6);
    const center = X.mean(0);
    for (const factor of [3, 0.2]) {
      const scaled = center.add(X.sub(center).mul([1, 1, factor, 1, 1]));
      const column = X.sub(center).at("...", 2).square().mean().item();
      const { valueP, converged } = maxSlicedWasserstein(X, scaled);
      // The best direction is nearly the axis, where it is this much; the search ends 10⁻⁷ below the top.
      expect(converged).toBe(true);
      expect(valueP).toBeGreaterThanOrEqual((factor - 1) ** 2 * column * (1 - 1e-6));
    }
  });

  it("beats a fine grid of directions of the plane, and stays below the exact distance", () => {
    const [X, Y] = [normal(1, [25, 2]), normal(2, [25, 2]).mul([2, 0.5]).add([0.3, 0])];
    for (const p of [1, 2] as const) {
      const grid = slicedWasserstein(X, Y, { p, sampler: "qmc", projections: 2000 })
        .perDirection.max()
        .item();
      const { valueP, theta } = maxSlicedWasserstein(X, Y, { p });
      // The grid's nearest direction to the maximum is 10⁻³ off, and the curvature below 10 times the value.
      expect(valueP).toBeGreaterThan(grid * (1 - 1e-5));
      expect(slicedWasserstein(X, Y, { p, theta: theta.reshape([1, 2]) }).valueP).toBeCloseTo(
        valueP,
        12,
      );
      const exact = emdSample(X, Y, { cost: p === 1 ? "euclidean" : "sqeuclidean" }).cost;
      expect(valueP).toBeLessThanOrEqual(exact * (1 + 1e-12));
    }
  });

  it("is 0 between equal clouds", () => {
    const X = normal(1, [10, 3]);
    expect(maxSlicedWasserstein(X, X)).toMatchObject({ value: 0, converged: true });
  });
});

describe("generalizedSlicedWasserstein", () => {
  it("of degree 1 is the sliced distance of the points as they are", () => {
    const [X, Y] = [normal(1, [12, 3]), normal(2, [15, 3], 1)];
    const theta = directions("mc", 6, 3);
    const got = generalizedSlicedWasserstein(X, Y, {
      theta,
      defining: { kind: "polynomial", degree: 1 },
    });
    expect(got.valueP).toBeCloseTo(slicedWasserstein(X, Y, { theta }).valueP, 12);
  });

  it("compares the values of cubic polynomials", () => {
    const [X, Y] = [normal(1, [12, 2]), normal(2, [12, 2], 1)];
    const theta = directions("mc", 5, 4, { seed: 3 });
    const cubic = (x: number[], t: number[]): number => {
      const [u = 0, v = 0] = x;
      return dot([u ** 3, u * u * v, u * v * v, v ** 3], t);
    };
    const expected = rows(theta).map((t) =>
      lineCost(
        rows(X).map((x) => cubic(x, t)),
        rows(Y).map((y) => cubic(y, t)),
        2,
      ),
    );
    expectNear(generalizedSlicedWasserstein(X, Y, { theta }).perDirection, expected, 1e-10);
  });

  it("compares distances from points of a sphere", () => {
    const [X, Y] = [normal(1, [12, 3]), normal(2, [9, 3], 1)];
    const theta = directions("mc", 5, 3, { seed: 3 });
    const far = (x: number[], t: number[]) => Math.hypot(...x.map((v, k) => v - 2 * (t[k] ?? 0)));
    const expected = rows(theta).map((t) =>
      lineCost(
        rows(X).map((x) => far(x, t)),
        rows(Y).map((y) => far(y, t)),
        1.5,
      ),
    );
    const got = generalizedSlicedWasserstein(X, Y, {
      theta,
      p: 1.5,
      defining: { kind: "circular", radius: 2 },
    });
    expectNear(got.perDirection, expected, 1e-12);
  });

  it("refuses even degrees, radii that are not positive, and too many monomials", () => {
    const X = normal(1, [3, 2]);
    const at = (defining: Parameters<typeof generalizedSlicedWasserstein>[2]) => () =>
      generalizedSlicedWasserstein(X, X, defining);
    expect(at({ defining: { kind: "polynomial", degree: 2 } })).toThrow(ArgumentError);
    expect(at({ defining: { kind: "circular", radius: 0 } })).toThrow(
      "expected a radius > 0; got 0",
    );
    const wide = normal(1, [2, 60]);
    expect(() => generalizedSlicedWasserstein(wide, wide)).toThrow(
      "degree 3 in 60 dimensions has 37820",
    );
  });
});

describe("sphericalSlicedWasserstein", () => {
  const sphere = (seed: number, n: number, d: number) =>
    random.unitSphere(random.key(seed), [n, d], { dtype: "f64" });

  it("is the distance on the circle where the sphere is one, whatever the frames", () => {
    const turns = (list: number[]) =>
      tensor(
        list.map((t) => [Math.cos(2 * Math.PI * t), Math.sin(2 * Math.PI * t)]),
        { dtype: "f64" },
      );
    const [u, v] = [
      [0.05, 0.9, 0.4],
      [0.1, 0.3],
    ];
    for (const p of [1, 2]) {
      const { valueP, stderr } = sphericalSlicedWasserstein(turns(u), turns(v), {
        p,
        projections: 5,
      });
      expect(valueP).toBeCloseTo(wassersteinCircle(u, v, { p }).costP, 10);
      expect(stderr).toBeLessThan(1e-10);
    }
  });

  it("is 0 between equal clouds, symmetric, and unchanged by a rotation up to the choice of circles", () => {
    const [X, Y] = [sphere(1, 20, 3), sphere(2, 30, 3)];
    expect(sphericalSlicedWasserstein(X, X).valueP).toBeLessThan(1e-20);
    const there = sphericalSlicedWasserstein(X, Y, { projections: 400 });
    expect(sphericalSlicedWasserstein(Y, X, { projections: 400 }).valueP).toBeCloseTo(
      there.valueP,
      9,
    );
    const R = random.orthogonal(random.key(9), 3, 3, { dtype: "f64" });
    const turned = sphericalSlicedWasserstein(X.matmul(R), Y.matmul(R), { projections: 400 });
    expect(Math.abs(turned.valueP - there.valueP)).toBeLessThan(
      4 * Math.hypot(there.stderr ?? 0, turned.stderr ?? 0),
    );
  });

  it("refuses points off the sphere and other dimensions", () => {
    expect(() => sphericalSlicedWasserstein([[1, 1]], [[1, 0]])).toThrow("X[0] has length 1.414");
    expect(() => sphericalSlicedWasserstein([[1]], [[1]])).toThrow(ShapeError);
  });
});

describe("minSlicedPlan", () => {
  it("is optimal on a line, and a permutation between clouds of the same size", () => {
    const [x, y] = [normal(1, [9, 1]), normal(2, [6, 1], 1)];
    const line = minSlicedPlan(x, y, { p: 2 });
    const numbers = (t: Tensor) => t.reshape([-1]).toArray() as number[];
    expect(line.costP).toBeCloseTo(lineCost(numbers(x), numbers(y), 2), 12);
    const [X, Y] = [normal(3, [20, 3]), normal(4, [20, 3], 2)];
    const { plan } = minSlicedPlan(X, Y);
    expect([...plan.rows]).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(new Set(plan.columns).size).toBe(20);
  });

  it("has the weights for sums, costs what it says, and lies between the exact distance and the average plan", () => {
    const [X, Y] = [normal(1, [14, 3], 50), normal(2, [10, 3], 51)];
    const a = random.uniform(random.key(3), [14], { dtype: "f64", low: 0.2 });
    const b = a
      .sum()
      .div(10)
      .mul(tensor(new Float64Array(10).fill(1)));
    for (const p of [1, 2] as const) {
      const options = { a, b, p, projections: 30 };
      const exact = emdSample(X, Y, { a, b, cost: p === 1 ? "euclidean" : "sqeuclidean" }).cost;
      const [least, mean] = [minSlicedPlan(X, Y, options), liftedPlan(X, Y, options)];
      for (const { plan, costP, cost } of [least, mean]) {
        const P = plan.toDense();
        expectNear(P.sum(1), a, 1e-12);
        expectNear(P.sum(0), b, 1e-12);
        const C = X.reshape([14, 1, 3])
          .sub(Y.reshape([1, 10, 3]))
          .square()
          .sum(2);
        expect(
          P.mul(p === 1 ? C.sqrt() : C)
            .sum()
            .item(),
        ).toBeCloseTo(costP, 9);
        expect(cost).toBeCloseTo(costP ** (1 / p), 12);
      }
      expect(exact).toBeLessThanOrEqual(least.costP * (1 + 1e-9));
      expect(least.costP).toBeLessThanOrEqual(mean.costP);
      // The plans' cost is that of the points, at least that of the projections.
      const sliced = slicedWasserstein(X, Y, options);
      expect(sliced.valueP).toBeLessThanOrEqual(mean.costP);
      expect(sliced.valueP).toBeLessThanOrEqual(exact * (1 + 1e-9));
      expect(mean.perDirection.mean().item()).toBeCloseTo(mean.costP, 9);
    }
  });
});
