import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sinkhorn } from "../../src/sinkhorn";
import { partialSinkhorn } from "../../src/unbalanced";
import golden from "../golden/unbalanced.json";

const a = [0.4, 0.6];
const b = [0.5, 0.5];
const C = [
  [0, 2],
  [1, 3],
];

describe("entropic partial transport", () => {
  test.each([
    [0.3, 0],
    [0.5, 0.1],
    [0.8, 1],
    [1, 1.6],
  ])("of mass %d costs what the exact one does, %d, for small ε", (mass, expected) => {
    const { linear } = partialSinkhorn(a, b, C, { mass, eps: 0.005, tol: 1e-7 });
    // An entropic plan's cost is above the optimum by at most ε times the entropy, here ε log 4.
    expect(linear).toBeGreaterThan(expected - 1e-6);
    expect(linear).toBeLessThan(expected + 0.005 * Math.log(4) + 1e-6);
  });

  test("has the plan of an independent program", () => {
    const { plan, converged } = partialSinkhorn(null, null, golden.C, {
      mass: 0.7,
      eps: golden.eps,
    });
    expect(converged).toBe(true);
    const expected = golden.partial.flat();
    plan()
      .dataSync()
      .forEach((p, i) => {
        expect(Math.abs(p - (expected[i] as number))).toBeLessThan(1e-8);
      });
  });

  test("of all the mass of equal measures is balanced transport", () => {
    const all = partialSinkhorn(a, b, C, { mass: 1, eps: 0.5 }).plan();
    const balanced = sinkhorn(a, b, C, { eps: 0.5 }).plan();
    expect(all.sub(balanced).abs().max().item()).toBeLessThan(1e-8);
  });

  test("moves the mass it was told to, no point more than its weight", () => {
    const list = (count: number, max: number) =>
      fc.array(fc.double({ min: 0.05, max, noNaN: true }), { minLength: count, maxLength: count });
    const problem = fc.record({
      a: list(3, 2),
      b: list(4, 2),
      C: fc.array(list(4, 3), { minLength: 3, maxLength: 3 }),
      part: fc.double({ min: 0.05, max: 0.9, noNaN: true }),
    });
    fc.assert(
      fc.property(problem, ({ a, b, C, part }) => {
        const sum = (w: readonly number[]): number => w.reduce((x, y) => x + y, 0);
        const mass = part * Math.min(sum(a), sum(b));
        const result = partialSinkhorn(a, b, C, { mass, eps: 0.3, tol: 1e-8, warn: false });
        const plan = result.plan();
        expect(plan.sum().item()).toBeCloseTo(mass, 9);
        if (!result.converged) return;
        // Multipliers within tol·ε of their end leave the marginals within a small multiple of tol.
        plan
          .sum(1)
          .dataSync()
          .forEach((p, i) => {
            expect(p).toBeLessThan((a[i] as number) + 1e-6);
          });
        plan
          .sum(0)
          .dataSync()
          .forEach((q, j) => {
            expect(q).toBeLessThan((b[j] as number) + 1e-6);
          });
      }),
      { numRuns: 30 },
    );
  });

  test("refuses a mass that is not there", () => {
    expect(() => partialSinkhorn(a, b, C, { mass: 1.1 })).toThrow(/mass > 0 and at most 1/);
    expect(() => partialSinkhorn(a, b, C, { mass: 0 })).toThrow(/got 0/);
  });
});
