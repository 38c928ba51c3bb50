import { type Tensor, tensor } from "@x/tensor";
import { rng, uniform } from "@x/tensor/random";
import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { sinkhorn } from "../../src/sinkhorn/sinkhorn";
import { greenkhorn } from "../../src/stochastic/index";

const distance = (x: Tensor, y: Tensor): number => x.sub(y).abs().max().item();

describe("greenkhorn", () => {
  it.each(["absolute", "divergence"] as const)(
    "solves two by two in closed form by the rule %s",
    (rule) => {
      const { plan, linear, value, converged } = greenkhorn(
        null,
        null,
        [
          [0, 1],
          [1, 0],
        ],
        { eps: 1, rule },
      );
      expect(converged).toBe(true);
      expect(plan().at(0, 0).item()).toBeCloseTo(0.36552928931500245, 10);
      expect(linear).toBeCloseTo(0.2689414213699951, 10);
      expect(value).toBeCloseTo(0.3798854930417225, 10);
      const general = greenkhorn(
        [0.3, 0.7],
        [0.6, 0.4],
        [
          [0.2, 1],
          [0.5, 0.1],
        ],
        { eps: 0.25, rule },
      );
      expect(general.linear).toBeCloseTo(0.2538360754930741, 9);
      expect(general.value).toBeCloseTo(0.2979330890723115, 9);
    },
  );

  it("finds the plan of sinkhorn by either rule", () => {
    const r = rng(1);
    const C = uniform(r.next(), [12, 17], { dtype: "f64" });
    const weights = (n: number): Tensor => {
      const w = uniform(r.next(), [n], { dtype: "f64" }).add(0.05);
      return w.div(w.sum());
    };
    const [a, b] = [weights(12), weights(17)];
    const expected = sinkhorn(a, b, C, { eps: 0.1, tol: 1e-12 });
    for (const rule of ["absolute", "divergence"] as const) {
      const result = greenkhorn(a, b, C, { eps: 0.1, rule, tol: 1e-10 });
      expect(result.converged).toBe(true);
      expect(distance(result.plan(), expected.plan())).toBeLessThan(1e-9);
      expect(distance(result.f, expected.f)).toBeLessThan(1e-7);
    }
  });

  it("loses nothing over many rounds of steps", () => {
    const C = uniform(rng(5).next(), [5, 6], { dtype: "f64" });
    const options = { eps: 0.01, tol: 1e-13, maxIterations: 1_000_000 };
    const { plan, iterations, converged, marginalError } = greenkhorn(null, null, C, options);
    // Some hundred rounds of 11 steps, in which the plan has been computed anew several times.
    expect(iterations).toBeGreaterThan(3 * 64 * 11);
    expect(converged).toBe(true);
    expect(marginalError).toBeLessThan(1e-13);
    const expected = sinkhorn(null, null, C, options);
    expect(distance(plan(), expected.plan())).toBeLessThan(1e-11);
  });

  it("does one step at a time: the first one repairs the row or column that is farthest off", () => {
    // After the shifts all sums but those of the third row are near their weights.
    const C = [
      [0, 0, 0],
      [0, 0, 0],
      [0, 3, 3],
    ];
    const { plan, iterations } = greenkhorn([0.1, 0.1, 0.8], null, C, {
      eps: 0.5,
      maxIterations: 1,
      warn: false,
    });
    expect(iterations).toBe(1);
    expect(plan().sum(1).at(2).item()).toBeCloseTo(0.8, 12);
    expect(Math.abs(plan().sum(1).at(0).item() - 0.1)).toBeLessThan(1e-12);
  });

  it("has the marginals it was given, and leaves points without mass alone", () => {
    const weights = (n: number) =>
      fc
        .array(fc.integer({ min: 0, max: 4 }), { minLength: n, maxLength: n })
        .filter((w) => w.some((x) => x > 0));
    const costs = fc.array(
      fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 4, maxLength: 4 }),
      { minLength: 3, maxLength: 3 },
    );
    fc.assert(
      fc.property(weights(3), weights(4), costs, (a, b, C) => {
        const sum = (w: number[]): number => w.reduce((x, y) => x + y, 0);
        const target = b.map((w) => (w * sum(a)) / sum(b));
        const result = greenkhorn(a, target, C, { eps: 4, tol: 1e-8 });
        expect(result.converged).toBe(true);
        // One of the two marginals whose errors are added up; twice that, for sums in another order.
        const rows = distance(result.plan().sum(1), tensor(a, { dtype: "f64" }));
        expect(rows).toBeLessThan(2e-8 * sum(a));
        for (const [i, w] of a.entries())
          if (w === 0) expect(result.plan().at(i).abs().max().item()).toBe(0);
        expect([...result.f.dataSync(), ...result.g.dataSync()].every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("respects forbidden pairs", () => {
    const { plan, converged } = greenkhorn(
      [0.7, 0.3],
      [0.5, 0.5],
      [
        [0, 1],
        [1, Infinity],
      ],
      { eps: 1 },
    );
    expect(converged).toBe(true);
    const P = plan().toArray() as number[][];
    expect(P[1]).toEqual([expect.closeTo(0.3, 8), 0]);
    expect(P[0]).toEqual([expect.closeTo(0.2, 8), expect.closeTo(0.5, 8)]);
  });

  it("says that it did not converge, and warns once", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      const { converged, status } = greenkhorn(
        [0.9, 0.1],
        null,
        [
          [0, 1],
          [1, 0],
        ],
        { eps: 0.1, maxIterations: 3 },
      );
      expect(converged).toBe(false);
      expect(status).toMatch(/^3 steps, marginal error .*, not at most 1e-9; more steps/);
      expect(warn).toHaveBeenCalledTimes(1);
    } finally {
      warn.mockRestore();
    }
  });

  it("refuses what it cannot use", () => {
    const C = [[0, 1]];
    expect(() => greenkhorn(null, null, C, { rule: "random" as "absolute" })).toThrow(
      'greenkhorn: expected rule "absolute" or "divergence"; got "random"',
    );
    expect(() => greenkhorn(null, null, C, { eps: -1 })).toThrow("greenkhorn: expected eps > 0");
    expect(() => greenkhorn([1], [2, 2], C)).toThrow(
      "greenkhorn: expected a and b with the same sum; got 1 and 4",
    );
  });
});
