import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { emd } from "../../src/exact/index";
import { cases } from "./cases";
import { sum, verify } from "./verify";

describe("the options of emd", () => {
  it("starts from the potentials of a solved problem", () => {
    const n = 60;
    const x = Array.from({ length: n }, (_, i) => [Math.sin(17 * i * i), Math.cos(5 * i + 1)]);
    const y = Array.from({ length: n }, (_, i) => [Math.sin(3 * i) + 0.5, Math.sin(i * i)]);
    const C = x.map(([p = 0, q = 0]) => y.map(([r = 0, s = 0]) => (p - r) ** 2 + (q - s) ** 2));
    const cold = emd(null, null, C);
    const same = emd(null, null, C, { potentialsInit: cold });
    expect(same.cost).toBeCloseTo(cold.cost, 13);
    // Arcs of an optimal basis are those that the potentials leave no room on.
    expect(same.iterations).toBeLessThan(0.05 * cold.iterations);
    const moved = C.map((row, i) => row.map((c, j) => c + 0.01 * Math.sin(i * j)));
    const warm = emd(null, null, moved, { potentialsInit: cold });
    const uniform = C.map(() => 1 / n);
    verify(uniform, uniform, moved, warm);
    expect(warm.iterations).toBeLessThan(0.5 * emd(null, null, moved).iterations);
  });

  it("is right from any potentials to start from", () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: -5, max: 5 }), ({ a, b, C }, k) => {
        const v = b.map((_, j) => ((j * 7) % 5) * k);
        verify(a, b, C, emd(a, b, C, { potentialsInit: { v } }));
      }),
    );
  });

  it("says when it stops early, and returns a feasible plan all the same", () => {
    const n = 30;
    const C = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => (i * j * 31) % 17),
    );
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const result = emd(null, null, C, { maxPivots: 3 });
    expect(warn).toHaveBeenCalledTimes(1);
    emd(null, null, C, { maxPivots: 3, warn: false });
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
    expect(result.converged).toBe(false);
    expect(result.iterations).toBe(3);
    expect(result.status).toContain("stopped after 3 pivots");
    expect(sum([...result.plan.values])).toBeCloseTo(1, 14);
    expect(result.cost).toBeGreaterThan(emd(null, null, C).cost);
  });

  it("leaves potentials as they come with centerDual: false", () => {
    const C = [
      [1, 5],
      [5, 2],
    ];
    const raw = emd(null, null, C, { centerDual: false });
    const centred = emd(null, null, C);
    const shift = Number(raw.u.dataSync()[0]) - Number(centred.u.dataSync()[0]);
    expect(Number(centred.v.dataSync()[1]) - Number(raw.v.dataSync()[1])).toBeCloseTo(shift, 14);
  });
});
