import { type Tensor, tensor } from "@x/tensor";
import { normal, rng, uniform } from "@x/tensor/random";
import { describe, expect, it, vi } from "vitest";
import { costMatrix } from "../../src/costs/index";
import { sinkhorn } from "../../src/sinkhorn/sinkhorn";
import { semiDualSag, semiDualSgd } from "../../src/stochastic/index";

const distance = (x: Tensor, y: Tensor): number => x.sub(y).abs().max().item();

/** Fifteen points on each side, one with weights. */
const problem = (seed: number): { a: Tensor; b: Tensor; C: Tensor } => {
  const r = rng(seed);
  const cloud = (): Tensor => normal(r.next(), [15, 2], { dtype: "f64" });
  const w = uniform(r.next(), [15], { dtype: "f64" }).add(0.5);
  return {
    a: tensor(new Float64Array(15).fill(1 / 15)),
    b: w.div(w.sum()),
    C: costMatrix(cloud(), cloud()),
  };
};

describe("semiDualSag", () => {
  it("finds the plan of sinkhorn for fifteen points to 1e-3 and beyond", () => {
    for (const seed of [1, 2, 3]) {
      const { a, b, C } = problem(seed);
      const expected = sinkhorn(a, b, C, { eps: 1, tol: 1e-12 });
      const result = semiDualSag(a, b, C, { eps: 1, tol: 1e-5, maxIterations: 20_000, seed });
      expect(result.converged).toBe(true);
      expect(distance(result.plan(), expected.plan())).toBeLessThan(1e-4);
      expect(Math.abs(result.linear - expected.linear)).toBeLessThan(1e-3);
      // Rows are exact: their potential is computed from the other one.
      expect(distance(result.plan().sum(1), a)).toBeLessThan(1e-14);
    }
  });

  it("has the value of two points in closed form", () => {
    const { value } = semiDualSag(
      null,
      null,
      [
        [0, 1],
        [1, 0],
      ],
      { eps: 1 },
    );
    expect(value).toBeCloseTo(0.3798854930417225, 6);
  });

  it("gives the same bits for the same seed, and others for another", () => {
    const { a, b, C } = problem(4);
    const run = (seed: number): Tensor =>
      semiDualSag(a, b, C, { eps: 1, seed, maxIterations: 300, warn: false }).g;
    expect(distance(run(5), run(5))).toBe(0);
    expect(distance(run(5), run(6))).toBeGreaterThan(0);
  });

  it("carries masses other than 1 and points without mass", () => {
    const { C } = problem(7);
    const a = Array.from({ length: 15 }, (_, i) => (i === 3 ? 0 : 2));
    const b = Array.from({ length: 15 }, (_, i) => (i === 5 ? 0 : 2));
    const result = semiDualSag(a, b, C, { eps: 2, tol: 0.1, maxIterations: 30_000 });
    const expected = sinkhorn(a, b, C, { eps: 2, tol: 1e-10 });
    expect(distance(result.plan(), expected.plan())).toBeLessThan(1e-2);
    expect(result.plan().at(3).abs().max().item()).toBe(0);
    expect([...result.f.dataSync(), ...result.g.dataSync()].every(Number.isFinite)).toBe(true);
  });
});

describe.each([
  ["semiDualSag", semiDualSag],
  ["semiDualSgd", semiDualSgd],
] as const)("%s", (_, solve) => {
  const { a, b, C } = problem(10);

  it("ends as soon as the marginal error is at most tol, looked at every ten epochs", () => {
    const options = { eps: 1, seed: 3, tol: 5e-3 };
    const result = solve(a, b, C, { ...options, maxIterations: 1_000_000 });
    const { iterations, converged, marginalError, history } = result;
    expect(converged).toBe(true);
    expect(marginalError).toBeLessThanOrEqual(5e-3);
    expect(iterations).toBeLessThan(100_000);
    expect(iterations % (10 * 15)).toBe(0);
    expect(history.map((entry) => entry.iteration)).toEqual(
      Array.from({ length: iterations / 150 }, (_, k) => 150 * (k + 1)),
    );
    // No look before the last one had found it small enough; the error is that of the plan.
    for (const { marginalError: earlier } of history.slice(0, -1))
      expect(earlier).toBeGreaterThan(5e-3 * 0.99);
    expect(history.at(-1)?.marginalError).toBeCloseTo(marginalError, 12);
    // To look changes nothing.
    const blind = solve(a, b, C, { ...options, tol: 0, maxIterations: iterations, warn: false });
    expect(distance(blind.g, result.g)).toBe(0);
  });

  it("takes all steps where tol is 0, and measures the error in units of the mass", () => {
    const run = (mass: number, tol: number, maxIterations: number) =>
      solve(a.mul(mass), b.mul(mass), C, { eps: 1, tol, maxIterations, warn: false });
    expect(run(1, 0, 5_000).iterations).toBe(5_000);
    expect(run(1, 0, 5_000).converged).toBe(false);
    const [one, many] = [run(1, 5e-3, 100_000), run(1000, 5e-3, 100_000)];
    expect(many.iterations).toBe(one.iterations);
    expect(many.converged).toBe(true);
  });

  it("refuses a tolerance that is none", () => {
    for (const tol of [-1, Number.NaN])
      expect(() => solve(a, b, C, { tol })).toThrow(`expected tol ≥ 0; got ${tol}`);
  });
});

describe("semiDualSgd", () => {
  it("approaches the plan of sinkhorn, nearer with more steps", () => {
    const { a, b, C } = problem(8);
    const expected = sinkhorn(a, b, C, { eps: 1, tol: 1e-12 }).plan();
    const error = (maxIterations: number): number => {
      // Mean over seeds: one run may be lucky.
      const errors = [1, 2, 3, 4].map((seed) =>
        distance(
          semiDualSgd(a, b, C, { eps: 1, seed, tol: 0, maxIterations, warn: false }).plan(),
          expected,
        ),
      );
      return errors.reduce((x, y) => x + y, 0) / 4;
    };
    const [few, many] = [error(500), error(32_000)];
    // Averaging makes the error fall like 1/√k: by 8 here, of which half is asked for.
    expect(many).toBeLessThan(few / 4);
    expect(many).toBeLessThan(2e-3);
  });

  it("draws rows by their weights", () => {
    // A row of weight 0 with absurd costs must not matter.
    const C = [
      [0, 1],
      [1, 0],
      [1e6, -1e6],
    ];
    const { value } = semiDualSgd([0.5, 0.5, 0], null, C, {
      eps: 1,
      maxIterations: 20_000,
      warn: false,
    });
    expect(value).toBeCloseTo(0.3798854930417225, 2);
  });

  it("says how far it got, and warns once", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      const { a, b, C } = problem(9);
      const { converged, status, history } = semiDualSgd(a, b, C, { eps: 0.1, maxIterations: 10 });
      expect(converged).toBe(false);
      expect(status).toMatch(
        /^10 steps, marginal error .*, not at most 0.001; more steps may help/,
      );
      expect(history[0]?.iteration).toBe(10);
      expect(warn).toHaveBeenCalledTimes(1);
    } finally {
      warn.mockRestore();
    }
  });

  it("refuses what it cannot use", () => {
    const C = [[0, 1]];
    expect(() => semiDualSgd(null, null, C, { rate: 0 })).toThrow(
      "semiDualSgd: expected rate > 0; got 0",
    );
    expect(() => semiDualSag(null, null, C, { maxIterations: 0 })).toThrow(
      "semiDualSag: expected maxIterations to be a whole number ≥ 1; got 0",
    );
    expect(() => semiDualSag(null, null, C, { eps: 0 })).toThrow("semiDualSag: expected eps > 0");
    expect(() => semiDualSag([1], [3, 0], C)).toThrow(
      "semiDualSag: expected a and b with the same sum",
    );
  });
});
