import { ArgumentError, ShapeError } from "@x/tensor";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  emd,
  emd1d,
  quantileFunction,
  wasserstein1d,
  wasserstein1dColumns,
} from "../../src/exact/index";
import golden from "../golden/exact.json";
import { sum } from "./verify";

/** Points on a coarse grid, so that ties are frequent, with whole weights, some zero; both of the same mass. */
const measures = fc
  .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }))
  .chain(([n, m]) => {
    const side = (k: number) =>
      fc.record({
        x: fc.array(
          fc.integer({ min: -12, max: 12 }).map((t) => t / 4),
          { minLength: k, maxLength: k },
        ),
        w: fc
          .array(fc.integer({ min: 0, max: 5 }), { minLength: k, maxLength: k })
          .filter((w) => sum(w) > 0),
      });
    return fc.tuple(side(n), side(m));
  })
  .map(([u, v]) => ({
    u: u.x,
    v: v.x,
    a: u.w.map((w) => w / sum(u.w)),
    b: v.w.map((w) => w / sum(v.w)),
  }));

const orders = fc.constantFrom(1, 1.5, 2, 3);

describe("wasserstein1d", () => {
  it("gives the values of an example by hand: both the power and the distance", () => {
    const weights = { uWeights: [0.25, 0.75], vWeights: [0.5, 0.25, 0.25] };
    expect(wasserstein1d([0, 1], [0, 2, 3], weights)).toEqual({ costP: 1, distance: 1 });
    const two = wasserstein1d([0, 1], [0, 2, 3], { ...weights, p: 2 });
    expect(two.costP).toBe(1.5);
    expect(two.distance).toBe(Math.sqrt(1.5));
  });

  it.each(golden.line)("agrees with SciPy and POT", ({ u, v, a, b, w1, w2, w3 }) => {
    const weights = { uWeights: a, vWeights: b };
    expect(wasserstein1d(u, v, weights).costP).toBeCloseTo(w1, 13);
    expect(wasserstein1d(u, v, { ...weights, p: 2 }).costP).toBeCloseTo(w2, 13);
    expect(wasserstein1d(u, v, { ...weights, p: 3 }).costP).toBeCloseTo(w3, 12);
  });

  it("equals transport with costs |x − y|^p", () => {
    fc.assert(
      fc.property(measures, orders, ({ u, v, a, b }, p) => {
        const C = u.map((x) => v.map((y) => Math.abs(x - y) ** p));
        const weights = { uWeights: a, vWeights: b, p };
        const { costP, distance } = wasserstein1d(u, v, weights);
        // Costs are at most 6³, and the network simplex method is exact to 10⁻¹¹ of the largest.
        expect(Math.abs(costP - emd(a, b, C).cost)).toBeLessThanOrEqual(1e-11 * 216);
        expect(Math.abs(distance ** p - costP)).toBeLessThanOrEqual(1e-14 * 216 * p);
      }),
    );
  });

  it("is the area between the distribution functions for p = 1", () => {
    fc.assert(
      fc.property(measures, ({ u, v, a, b }) => {
        const at = [...u, ...v].sort((x, y) => x - y);
        const below = (x: number[], w: number[], t: number): number =>
          sum(w.filter((_, i) => (x[i] as number) <= t));
        const area = sum(
          at.slice(1).map((t, k) => {
            const s = at[k] as number;
            return (t - s) * Math.abs(below(u, a, s) - below(v, b, s));
          }),
        );
        const weights = { uWeights: a, vWeights: b };
        expect(wasserstein1d(u, v, weights).costP).toBeCloseTo(area, 12);
      }),
    );
  });

  it("is the length of a translation, for any p", () => {
    fc.assert(
      fc.property(measures, orders, fc.integer({ min: -40, max: 40 }), ({ u, a }, p, k) => {
        const t = k / 8;
        const options = { uWeights: a, vWeights: a, p };
        const { distance } = wasserstein1d(
          u,
          u.map((x) => x + t),
          options,
        );
        expect(distance).toBeCloseTo(Math.abs(t), 12);
      }),
    );
  });

  it("is the same for points that are sorted already, and refuses the claim where it is false", () => {
    fc.assert(
      fc.property(measures, orders, ({ u, v, a, b }, p) => {
        const sort = (x: number[], w: number[]) => {
          const order = [...x.keys()].sort((i, j) => (x[i] as number) - (x[j] as number) || i - j);
          return [order.map((i) => x[i] as number), order.map((i) => w[i] as number)] as const;
        };
        const [[x, s], [y, t]] = [sort(u, a), sort(v, b)];
        const sorted = wasserstein1d(x, y, { uWeights: s, vWeights: t, p, sorted: true });
        const plain = wasserstein1d(u, v, { uWeights: a, vWeights: b, p });
        expect(sorted.costP).toBeCloseTo(plain.costP, 12);
      }),
    );
    expect(() => wasserstein1d([1, 0], [0, 1], { sorted: true })).toThrow(
      /^wasserstein1d: expected points in ascending order/,
    );
  });

  it("is 0 between points and the same points twice, and keeps digits for many uniform points", () => {
    const u = Array.from({ length: 3000 }, (_, i) => Math.sin(i * i));
    expect(wasserstein1d(u, [...u, ...u], { p: 2 }).costP).toBe(0);
    // Three copies against two: all levels k/9000 and l/6000 that are equal must meet.
    expect(wasserstein1d([...u, ...u, ...u], [...u, ...u], { p: 1 }).costP).toBe(0);
  });

  it("keeps the distance where its power is out of the range of numbers", () => {
    expect(wasserstein1d([0], [1e200], { p: 2 })).toEqual({ costP: Infinity, distance: 1e200 });
    expect(wasserstein1d([0], [1e-200], { p: 2 })).toEqual({ costP: 0, distance: 1e-200 });
    expect(wasserstein1d([0, 1], [0, 1], { p: 2 })).toEqual({ costP: 0, distance: 0 });
  });

  it("treats every column of matrices by itself", () => {
    const U = [
      [0, 5, -1],
      [3, 7, -1],
      [1, 6, 2],
    ];
    const V = [
      [1, 5, 4],
      [2, 8, 0],
    ];
    const options = { uWeights: [0.5, 0.25, 0.25], p: 2 };
    const { costP, distance } = wasserstein1dColumns(U, V, options);
    expect([costP.dtype, costP.shape]).toEqual(["f64", [3]]);
    [0, 1, 2].forEach((c) => {
      const one = wasserstein1d(
        U.map((row) => row[c] as number),
        V.map((row) => row[c] as number),
        options,
      );
      expect(Number(costP.dataSync()[c])).toBe(one.costP);
      expect(Number(distance.dataSync()[c])).toBe(one.distance);
    });
    expect(() => wasserstein1dColumns(U, [[1, 2]])).toThrow(ShapeError);
  });

  it("refuses empty measures, sums that differ and orders below 1", () => {
    expect(() => wasserstein1d([], [1])).toThrow(ShapeError);
    expect(() => wasserstein1d([1], [1], { uWeights: [1], vWeights: [2] })).toThrow(/same sum/);
    expect(() => wasserstein1d([1], [1], { p: 0.5 })).toThrow(ArgumentError);
    expect(() => wasserstein1d([Number.NaN], [1])).toThrow(ArgumentError);
  });
});

describe("emd1d", () => {
  it("is the plan that monotone coupling gives, at the cost of wasserstein1d", () => {
    fc.assert(
      fc.property(measures, orders, ({ u, v, a, b }, p) => {
        const options = { uWeights: a, vWeights: b, p };
        const { plan, costP } = emd1d(u, v, options);
        expect(costP).toBe(wasserstein1d(u, v, options).costP);
        expect(plan.values.length).toBeLessThanOrEqual(u.length + v.length - 1);
        const [left, right] = [u.map(() => 0), v.map(() => 0)];
        let cost = 0;
        plan.values.forEach((mass, k) => {
          const [i, j] = [plan.rows[k] as number, plan.columns[k] as number];
          left[i] = (left[i] as number) + mass;
          right[j] = (right[j] as number) + mass;
          cost += mass * Math.abs((u[i] as number) - (v[j] as number)) ** p;
        });
        a.forEach((w, i) => {
          expect(left[i]).toBeCloseTo(w, 13);
        });
        b.forEach((w, j) => {
          expect(right[j]).toBeCloseTo(w, 13);
        });
        expect(cost).toBeCloseTo(costP, 11);
      }),
    );
  });

  it("numbers points as they were given", () => {
    expect([...emd1d([3, 1], [0, 5]).plan.toDense().dataSync()]).toEqual([0, 0.5, 0.5, 0]);
  });
});

describe("quantileFunction", () => {
  it("inverts the distribution function from the left", () => {
    const quantile = quantileFunction([3, 1, 2, 9], { weights: [1, 1, 2, 0] });
    expect([0, 0.1, 0.25, 0.2500001, 0.75, 0.76, 1].map((q) => quantile(q))).toEqual([
      1, 1, 1, 2, 2, 3, 3,
    ]);
    const many = quantile([
      [0.25, 0.3],
      [0.75, 1],
    ]);
    expect([many.shape, [...many.dataSync()]]).toEqual([
      [2, 2],
      [1, 2, 2, 3],
    ]);
  });

  it("is the smallest point whose distribution function reaches the level", () => {
    fc.assert(
      fc.property(measures, fc.integer({ min: 1, max: 1000 }), ({ u, a }, k) => {
        // Levels that no sum of weights of denominators up to 40 comes close to.
        const q = (k - 0.5) / 1009;
        const reached = u.filter((t) => sum(a.filter((_, i) => (u[i] as number) <= t)) >= q);
        expect(quantileFunction(u, { weights: a })(q)).toBe(Math.min(...reached));
      }),
    );
  });

  it("refuses levels outside of [0, 1] and empty sets", () => {
    expect(() => quantileFunction([1])(1.1)).toThrow(ArgumentError);
    expect(() => quantileFunction([1])([Number.NaN])).toThrow(ArgumentError);
    expect(() => quantileFunction([])).toThrow(ShapeError);
  });
});
