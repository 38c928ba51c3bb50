import { ArgumentError } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { cansCubicCoeffs } from "../../src/muon/cans";
import { oddPolynomialAt } from "../../src/muon/odd-polynomial";

describe("cansCubicCoeffs", () => {
  it("gives the optimal cubic of [0.01, 1] and of [0.1, 1]", () => {
    const wide = cansCubicCoeffs({ lower: 0.01, steps: 1 });
    expect(wide.coeffs[0]?.[0]).toBeCloseTo(5.039839, 6);
    expect(wide.coeffs[0]?.[1]).toBeCloseTo(-4.989446, 6);
    expect(wide.interval[1] - 1).toBeCloseTo(0.9496, 4);
    const narrow = cansCubicCoeffs({ lower: 0.1, steps: 1 });
    expect(narrow.coeffs[0]?.[0]).toBeCloseTo(3.963405079, 9);
    expect(narrow.coeffs[0]?.[1]).toBeCloseTo(-3.570635207, 9);
    expect(narrow.interval[1] - 1).toBeCloseTo(0.607230127, 9);
  });

  it("reaches the stated error after 6, 7 and 8 steps", () => {
    const error = (steps: number): number => cansCubicCoeffs({ steps }).interval[1] - 1;
    expect(error(6)).toBeCloseTo(1.845e-2, 5);
    expect(error(7)).toBeCloseTo(2.554e-4, 7);
    expect(error(8)).toBeCloseTo(4.9e-8, 9);
  });

  it("has an error of one size and alternating sign at both ends and between", () => {
    const [low, high] = [0.1, 1];
    const { coeffs, interval } = cansCubicCoeffs({ lower: low, upper: high, steps: 1 });
    const p = coeffs[0] as (typeof coeffs)[number];
    const middle = Math.sqrt(-p[0] / (3 * p[1]));
    const error = interval[1] - 1;
    expect(oddPolynomialAt(p, low)).toBeCloseTo(1 - error, 12);
    expect(oddPolynomialAt(p, middle)).toBeCloseTo(1 + error, 12);
    expect(oddPolynomialAt(p, high)).toBeCloseTo(1 - error, 12);
  });

  it("scales with the interval", () => {
    const p = cansCubicCoeffs({ lower: 0.1, upper: 1, steps: 1 }).coeffs[0] as readonly number[];
    const q = cansCubicCoeffs({ lower: 0.3, upper: 3, steps: 1 }).coeffs[0] as readonly number[];
    expect(q[0]).toBeCloseTo((p[0] as number) / 3, 12);
    expect(q[1]).toBeCloseTo((p[1] as number) / 27, 12);
    expect(q[2]).toBe(0);
  });

  it("refuses empty intervals and no steps", () => {
    expect(() => cansCubicCoeffs({ lower: 1, upper: 1 })).toThrow(
      "cansCubicCoeffs: expected 0 < lower < upper; got lower = 1, upper = 1",
    );
    expect(() => cansCubicCoeffs({ lower: 0 })).toThrow(ArgumentError);
    expect(() => cansCubicCoeffs({ steps: 1.5 })).toThrow(
      "cansCubicCoeffs: expected steps, an integer ≥ 1; got 1.5",
    );
  });
});
