import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wholeMasses } from "../../src/exact/whole-masses";
import { sum } from "./verify";

describe("wholeMasses", () => {
  it("rounds masses to whole units with the sum 0, each by a few units at most", () => {
    const weights = fc.array(fc.double({ min: 1e-9, max: 1, noNaN: true }), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(weights, weights, fc.constantFrom(1e-300, 1e-9, 1, 1e12), (s, t, scale) => {
        const a = Float64Array.from(s, (w) => scale * (w / sum(s)));
        const b = Float64Array.from(t, (w) => scale * (w / sum(t)));
        const { unit, whole } = wholeMasses(a, b);
        expect([...whole].every(Number.isInteger)).toBe(true);
        expect(sum([...whole])).toBe(0);
        expect(unit).toBeLessThanOrEqual(2 ** -50 * scale * 1.0001);
        [...a, ...b.map((w) => -w)].forEach((w, k) => {
          // Half a unit of its own, and the sum's up to 60 halves and roundings of the inputs together.
          expect(Math.abs((whole[k] as number) - w / unit)).toBeLessThanOrEqual(100);
        });
      }),
    );
  });

  it("keeps equal masses equal", () => {
    const { whole } = wholeMasses(new Float64Array(7).fill(1 / 7), new Float64Array(7).fill(1 / 7));
    expect(new Set(whole.map(Math.abs)).size).toBe(2);
  });
});
