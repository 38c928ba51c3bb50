import { ArgumentError, ShapeError } from "@x/tensor";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emd, wassersteinCircle, wassersteinCircleUniform } from "../../src/exact/index";
import golden from "../golden/exact.json";

const measures = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }))
  .chain(([n, m]) => {
    const positions = (k: number) =>
      fc.array(
        fc.integer({ min: 0, max: 31 }).map((t) => t / 32),
        { minLength: k, maxLength: k },
      );
    const weights = (k: number) =>
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: k, maxLength: k });
    return fc.tuple(positions(n), positions(m), weights(n), weights(m));
  })
  .map(([u, v, s, t]) => {
    const [left, right] = [s, t].map((w) => w.reduce((x, y) => x + y, 0)) as [number, number];
    return { u, v, a: s.map((w) => w * right), b: t.map((w) => w * left), mass: left * right };
  });

const around = (x: number, y: number): number => Math.min(Math.abs(x - y), 1 - Math.abs(x - y));

describe("wassersteinCircle", () => {
  it("gives the values of an example by hand", () => {
    const [u, v] = [
      [0.05, 0.9],
      [0.1, 0.3],
    ];
    expect(wassersteinCircle(u, v).distance).toBeCloseTo(0.225, 15);
    const two = wassersteinCircle(u, v, { p: 2 });
    expect(two.costP).toBeCloseTo(0.05125, 12);
    expect(two.distance).toBeCloseTo(Math.sqrt(0.05125), 12);
  });

  it.each(golden.circle)("agrees with POT's transport for p = 1, 2, 3", ({ u, v, a, b, costs }) => {
    for (const [p, cost] of Object.entries(costs)) {
      const options = { uWeights: a, vWeights: b, p: Number(p) };
      expect(wassersteinCircle(u, v, options).costP).toBeCloseTo(cost, 11);
    }
  });

  it("equals transport with costs on the circle, for any p", () => {
    fc.assert(
      fc.property(measures, fc.constantFrom(1, 1.5, 2, 4), ({ u, v, a, b, mass }, p) => {
        const C = u.map((x) => v.map((y) => around(x, y) ** p));
        const { costP } = wassersteinCircle(u, v, { uWeights: a, vWeights: b, p });
        // The bracket of 10⁻¹² times a slope of at most 2^p·p.
        expect(Math.abs(costP - emd(a, b, C).cost)).toBeLessThanOrEqual(1e-10 * mass);
      }),
    );
  });

  it("does not count whole turns, nor a common rotation", () => {
    fc.assert(
      fc.property(measures, fc.constantFrom(1, 2), ({ u, v, a, b, mass }, p) => {
        const options = { uWeights: a, vWeights: b, p };
        const { costP } = wassersteinCircle(u, v, options);
        const turned = wassersteinCircle(
          u.map((x, i) => x + i - 2),
          v.map((y) => y - 5),
          options,
        );
        expect(turned.costP).toBe(costP);
        const rotated = wassersteinCircle(
          u.map((x) => x + 0.3),
          v.map((y) => y + 0.3),
          options,
        );
        expect(Math.abs(rotated.costP - costP)).toBeLessThanOrEqual(1e-11 * mass);
      }),
    );
  });

  it("takes a position just below 0 for 0", () => {
    expect(wassersteinCircle([-1e-20], [0]).distance).toBe(0);
  });

  it("refuses what is not a measure", () => {
    expect(() => wassersteinCircle([], [0])).toThrow(ShapeError);
    expect(() => wassersteinCircle([0], [0], { p: 0 })).toThrow(ArgumentError);
    expect(() => wassersteinCircle([Infinity], [0])).toThrow(ArgumentError);
  });
});

describe("wassersteinCircleUniform", () => {
  it("gives the value of an example by hand", () => {
    // x² mean 0.29417 − 0.41667² + (2·0.1 + 0 − 2·0.9)/9 + 1/12.
    expect(wassersteinCircleUniform([0.1, 0.25, 0.9]).costP).toBeCloseTo(0.0261111111111111, 14);
  });

  it("is 1/12 for one position, and 1/(12 n²) for n equally spaced ones", () => {
    expect(wassersteinCircleUniform([0.7]).costP).toBeCloseTo(1 / 12, 15);
    const even = Array.from({ length: 10 }, (_, i) => i / 10 + 0.033);
    expect(wassersteinCircleUniform(even).costP).toBeCloseTo(1 / 1200, 14);
  });

  it("is the limit of many equally spaced positions", () => {
    fc.assert(
      fc.property(measures, ({ u, a }) => {
        const n = 400;
        const grid = Array.from({ length: n }, (_, i) => (i + 0.5) / n);
        const mass = a.reduce((x, y) => x + y, 0);
        const vWeights = grid.map(() => mass / n);
        const near = wassersteinCircle(u, grid, { uWeights: a, vWeights, p: 2 }).distance;
        const { distance } = wassersteinCircleUniform(u, { weights: a });
        // The grid is 1/(√12 n) from the uniform law.
        expect(Math.abs(near / Math.sqrt(mass) - distance)).toBeLessThanOrEqual(
          1 / (Math.sqrt(12) * n) + 1e-9,
        );
      }),
      { numRuns: 30 },
    );
  });

  it("refuses an empty set", () => {
    expect(() => wassersteinCircleUniform([])).toThrow(ShapeError);
  });
});
