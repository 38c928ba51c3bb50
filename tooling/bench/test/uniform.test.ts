import { describe, expect, test } from "vitest";
import { uniform } from "../src/uniform";

describe("uniform", () => {
  test("gives the same numbers for the same seed and others for another", () => {
    expect(uniform(100, 1)).toEqual(uniform(100, 1));
    expect(uniform(100, 1)).not.toEqual(uniform(100, 2));
  });

  test("stays in [-1, 1) with the moments of a uniform distribution", () => {
    const n = 1e5;
    const values = uniform(n, 7);
    expect(values.every((v) => v >= -1 && v < 1)).toBe(true);
    const mean = values.reduce((sum, v) => sum + v, 0) / n;
    const square = values.reduce((sum, v) => sum + v * v, 0) / n;
    // Five standard errors: the deviation of u is √(1/3), that of u² is √(4/45).
    expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(1 / 3 / n));
    expect(Math.abs(square - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / n));
  });
});
