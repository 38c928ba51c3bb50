import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costMatrix } from "../../src/costs/cost-matrix";
import { defaultEps, defaultEpsOfClouds } from "../../src/costs/default-eps";

const matrix = (rows: number[][]) => ({
  data: Float64Array.from(rows.flat()),
  rows: rows.length,
  columns: (rows[0] as number[]).length,
});

describe("defaultEps", () => {
  it("is a twentieth of the standard deviation of the entries", () => {
    // Mean 2, deviations −2, 0, 2: variance 8/3.
    expect(defaultEps(Float64Array.of(0, 2, 4))).toBeCloseTo(0.05 * Math.sqrt(8 / 3), 15);
  });

  it("leaves forbidden pairs out", () => {
    expect(defaultEps(Float64Array.of(0, Infinity, 4))).toBeCloseTo(0.1, 15);
  });

  it("is positive for constant costs", () => {
    expect(defaultEps(Float64Array.of(3, 3))).toBeCloseTo(0.15, 15);
    expect(defaultEps(Float64Array.of(0, 0))).toBe(0.05);
  });

  it("comes from the moments of two clouds without their costs", () => {
    const coordinate = fc.integer({ min: -64, max: 64 }).map((k) => k / 16);
    const cloud = (d: number) =>
      fc.array(fc.array(coordinate, { minLength: d, maxLength: d }), {
        minLength: 1,
        maxLength: 7,
      });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }).chain((d) => fc.tuple(cloud(d), cloud(d))),
        fc.constantFrom(0, 1000),
        ([X, Y], offset) => {
          const move = (P: number[][]) => P.map((p) => p.map((z) => z + offset));
          const expected = defaultEps(costMatrix(X, Y).dataSync() as Float64Array);
          const got = defaultEpsOfClouds(matrix(move(X)), matrix(move(Y)));
          // Moments cancel: half of the digits of the variance are enough for its root to be good to 10⁻⁶.
          expect(Math.abs(got - expected)).toBeLessThan(1e-6 * (expected + 1));
        },
      ),
    );
  });
});
