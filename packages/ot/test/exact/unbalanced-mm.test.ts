import { ArgumentError } from "@x/tensor";
import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { emd, unbalancedMM } from "../../src/exact/index";
import golden from "../golden/exact.json";

describe("unbalancedMM", () => {
  it("solves two points by the closed form √(αβ) exp(−c/2ρ)", () => {
    const { mass, value, gap } = unbalancedMM([2], [0.5], [[1]], { rho: 1 });
    expect(mass).toBeCloseTo(Math.exp(-0.5), 14);
    expect(value).toBeCloseTo(2.5 - 2 * Math.exp(-0.5), 14);
    expect(value).toBeCloseTo(1.2869386805747332, 14);
    expect(gap).toBeLessThan(1e-14);
  });

  it("solves two points with two prices by the closed form", () => {
    // Stationary: c + ρ₁ log(P/α) + ρ₂ log(P/β) = 0.
    const [alpha, beta, c, r1, r2] = [2, 0.5, 1.5, 0.7, 2.1];
    const expected = Math.exp((r1 * Math.log(alpha) + r2 * Math.log(beta) - c) / (r1 + r2));
    const { mass } = unbalancedMM([alpha], [beta], [[c]], { rho: [r1, r2] });
    expect(mass).toBeCloseTo(expected, 13);
  });

  it.each(golden.unbalanced)("agrees with POT's plan", ({ a, b, C, rho, plan }) => {
    const result = unbalancedMM(a, b, C, { rho, tol: 1e-14, maxIterations: 200_000 });
    expect(result.converged).toBe(true);
    expect(result.gap).toBeLessThan(1e-12);
    plan.flat().forEach((p, k) => {
      // Entries outside of the support have not all come down to 0 in POT's plan.
      expect(Number(result.plan.dataSync()[k])).toBeCloseTo(p, 10);
    });
  });

  it("comes within its gap of the optimum, for any masses, weights of zero and forbidden pairs included", () => {
    const weights = (n: number) =>
      fc
        .array(
          fc.integer({ min: 0, max: 4 }).map((k) => k / 3),
          { minLength: n, maxLength: n },
        )
        .filter((w) => w.some((x) => x > 0));
    const problem = fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
      .chain(([n, m]) => {
        const cost = fc.oneof(
          fc.integer({ min: -2, max: 20 }).map((k) => k / 4),
          fc.constant(Infinity),
        );
        const row = fc.array(cost, { minLength: m, maxLength: m });
        return fc.tuple(weights(n), weights(m), fc.array(row, { minLength: n, maxLength: n }));
      });
    fc.assert(
      fc.property(problem, fc.constantFrom(0.3, 1, 5), ([a, b, C], rho) => {
        const result = unbalancedMM(a, b, C, { rho, maxIterations: 3000, warn: false });
        const numbers = [result.mass, result.linear, result.value, result.gap];
        expect(numbers.every(Number.isFinite)).toBe(true);
        expect(result.f.dataSync().every((x) => !Number.isNaN(Number(x)))).toBe(true);
        // Weak duality: the dual value bounds every plan, such as none at all and a few iterations of this one.
        const bound = result.value - result.gap;
        const nothing = rho * (a.reduce((s, x) => s + x, 0) + b.reduce((s, x) => s + x, 0));
        expect(bound).toBeLessThanOrEqual(nothing + 1e-12);
        const early = unbalancedMM(a, b, C, { rho, maxIterations: 3, warn: false });
        expect(early.value).toBeGreaterThanOrEqual(result.value - 1e-12);
        expect(bound).toBeLessThanOrEqual(early.value + 1e-12);
      }),
    );
  });

  it("proves its plan optimal where weights are zero and pairs forbidden", () => {
    const C = [
      [0, 0.5, Infinity],
      [Infinity, Infinity, 1],
      [2, 1, Infinity],
    ];
    const { plan, gap } = unbalancedMM([1, 2, 0.5], [0, 1, 0], C, { rho: 0.3 });
    expect(gap).toBeLessThan(1e-9);
    const zero = [0, 2, 3, 4, 5, 6, 8];
    expect(zero.map((k) => plan.dataSync()[k])).toEqual(zero.map(() => 0));
  });

  it("tends to balanced transport where changing mass costs much", () => {
    const [a, b, C] = [
      [0.4, 0.6],
      [0.5, 0.5],
      [
        [0, 2],
        [1, 3],
      ],
    ];
    const exact = emd(a, b, C).cost;
    const rho = 1000;
    const { linear, value, mass } = unbalancedMM(a, b, C, {
      rho,
      tol: 1e-13,
      maxIterations: 100_000,
    });
    // The value is below the balanced one by at most Σ a f²/(2ρ) + Σ b g²/(2ρ), and the mass below 1 by that of f/ρ.
    expect(exact - value).toBeGreaterThan(0);
    expect(exact - value).toBeLessThan(4 / rho);
    expect(Math.abs(linear - exact)).toBeLessThan(8 / rho);
    expect(Math.abs(mass - 1)).toBeLessThan(4 / rho);
  });

  it("says when it stops early", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const C = [
      [0, 1],
      [1, 0.5],
    ];
    const result = unbalancedMM(null, null, C, { rho: 1, maxIterations: 2 });
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
    expect([result.converged, result.iterations]).toEqual([false, 2]);
    expect(result.status).toContain("stopped after 2 iterations");
    expect(result.gap).toBeGreaterThan(0);
  });

  it("refuses prices that are not positive and finite, and costs that make infinite mass", () => {
    for (const rho of [0, -1, Infinity, Number.NaN])
      expect(() => unbalancedMM([1], [1], [[1]], { rho })).toThrow(/^unbalancedMM: expected rho/);
    expect(() => unbalancedMM([1], [1], [[-1500]], { rho: 1 })).toThrow(ArgumentError);
  });
});
