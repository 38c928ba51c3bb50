import { ArgumentError } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { oddPolynomialAt } from "../../src/muon/odd-polynomial";
import { polarExpressCoeffs } from "../../src/muon/polar-express";

// Published with the method for ℓ = 1e-3; the last one repeats for ever.
const published = [
  [8.28721201814562, -23.5958865190988, 17.3003873125309],
  [4.1070591115422, -2.94784991673791, 0.54484310829266],
  [3.94869085348229, -2.90890211596296, 0.55181913943701],
  [3.3184196573706, -2.48848802431487, 0.51004894012372],
  [2.30065201995482, -1.66890398457475, 0.41880731195257],
  [1.8913014077874, -1.26799582719459, 0.37680408948525],
  [15 / 8, -10 / 8, 3 / 8],
];

const compose = (coeffs: ReturnType<typeof polarExpressCoeffs>["coeffs"], s: number): number =>
  coeffs.reduce((x, p) => oddPolynomialAt(p, x), s);

/** Logarithmically spaced from low to 1. */
const grid = (low: number, count = 20_000): number[] =>
  Array.from({ length: count + 1 }, (_, i) => low ** (1 - i / count));

describe("polarExpressCoeffs", () => {
  it("regenerates the published table to thirteen digits", () => {
    const { coeffs } = polarExpressCoeffs({ steps: 8 });
    for (const [i, row] of published.entries()) {
      for (const [j, value] of row.entries()) {
        // Printed with 15 digits; Remez stops at 1e-15, which the conditioning of the system raises to 1e-13.
        // Near the fixed point the minimax polynomial is determined to the square root of that only.
        const tolerance = i === 6 ? 1e-5 : 2e-13 * Math.abs(value);
        expect(Math.abs((coeffs[i]?.[j] as number) - value)).toBeLessThan(tolerance);
      }
    }
    expect(coeffs[7]).toEqual([15 / 8, -10 / 8, 3 / 8].map((x) => expect.closeTo(x, 5)));
  });

  it("sends [1e-3, 1] into the interval that it states, and touches its ends", () => {
    const { coeffs, interval } = polarExpressCoeffs({ steps: 5 });
    const images = grid(1e-3).map((s) => compose(coeffs, s));
    expect(interval[0]).toBeCloseTo(0.8764, 4);
    expect(interval[1]).toBeCloseTo(1.1236, 4);
    // A grid of 20 000 points misses an extremum by at most (spacing)² · curvature, well below 1e-5.
    expect(Math.min(...images)).toBeCloseTo(interval[0], 5);
    expect(Math.max(...images)).toBeCloseTo(interval[1], 5);
  });

  it("is at least as close to 1 as any polynomial of a random search, for one step without a cushion", () => {
    const low = 0.2;
    const { coeffs, interval } = polarExpressCoeffs({ lower: low, steps: 1, cushion: 0 });
    const best = Math.max(1 - interval[0], interval[1] - 1);
    const points = grid(low, 400);
    const errorOf = (p: readonly [number, number, number]): number =>
      Math.max(...points.map((s) => Math.abs(1 - oddPolynomialAt(p, s))));
    const [a, b, c] = coeffs[0] as readonly [number, number, number];
    for (let i = 1; i <= 300; i++) {
      // Weyl's sequence covers the cube evenly.
      const [x, y, z] = [0.4142 * i, 0.7321 * i, 0.2361 * i].map((v) => 2 * (v % 1) - 1);
      const size = 10 ** -(1 + (i % 4));
      const rival = errorOf([
        a * (1 + size * (x as number)),
        b * (1 + size * (y as number)),
        c * (1 + size * (z as number)),
      ]);
      expect(rival).toBeGreaterThan(best - 1e-4);
    }
    expect(errorOf([a, b, c])).toBeCloseTo(best, 4);
  });

  it("keeps values that rounding takes beyond 1 inside, given a safety factor", () => {
    const { coeffs, interval } = polarExpressCoeffs({ steps: 5, safety: 1.02 });
    for (const s of grid(1e-3, 2000)) {
      const image = compose(coeffs, s / 1.02);
      expect(image).toBeGreaterThanOrEqual(interval[0] - 1e-12);
      expect(image).toBeLessThanOrEqual(interval[1] + 1e-12);
    }
    // Without it, 2 % too much is amplified at every step.
    const bare = polarExpressCoeffs({ steps: 5 });
    expect(coeffs[0]?.[0]).toBeCloseTo((bare.coeffs[0]?.[0] as number) / 1.02, 12);
    expect(coeffs[4]).toEqual(bare.coeffs[4]);
  });

  it("needs more steps for smaller singular values", () => {
    const width = (lower: number, steps: number): number =>
      1 - polarExpressCoeffs({ lower, steps }).interval[0];
    expect(width(1e-6, 5)).toBeGreaterThan(0.9);
    expect(width(1e-6, 12)).toBeLessThan(1e-3);
    expect(width(0.1, 4)).toBeLessThan(1e-4);
  });

  it("refuses options out of range by name", () => {
    expect(() => polarExpressCoeffs({ lower: 0 })).toThrow(ArgumentError);
    expect(() => polarExpressCoeffs({ lower: 1 })).toThrow(
      "polarExpressCoeffs: expected lower in (0, 1); got 1",
    );
    expect(() => polarExpressCoeffs({ steps: 0 })).toThrow(
      "polarExpressCoeffs: expected steps, an integer ≥ 1; got 0",
    );
    expect(() => polarExpressCoeffs({ safety: 0.99 })).toThrow(
      "polarExpressCoeffs: expected a finite safety ≥ 1; got 0.99",
    );
    expect(() => polarExpressCoeffs({ cushion: -1 })).toThrow(
      "polarExpressCoeffs: expected cushion in [0, 1); got -1",
    );
  });
});
