import { random } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { costMatrix } from "../../src/costs";
import { sinkhorn } from "../../src/sinkhorn";
import { Relaxation } from "../../src/sinkhorn/relaxation";
import { distance1 } from "./problems";

const cloud = (seed: number, scale: number) =>
  random.normal(random.key(seed), [120, 2], { dtype: "f64" }).mul(scale);
// Squared distances up to some 40.
const C = costMatrix(cloud(1, 1), cloud(2, 1.3));
const options = { eps: 0.2, tol: 1e-10, maxIterations: 20_000, finish: false } as const;

describe("over-relaxation", () => {
  it("takes less than half of the iterations to the same plan", () => {
    const plain = sinkhorn(null, null, C, { ...options, overrelax: false });
    const fast = sinkhorn(null, null, C, { ...options, overrelax: "auto" });
    expect(plain.iterations).toBeGreaterThan(100);
    expect(fast.iterations).toBeLessThan(plain.iterations / 2);
    expect(fast.marginalError).toBeLessThan(1e-10);
    expect(distance1(fast.plan().dataSync(), plain.plan().dataSync())).toBeLessThan(1e-7);
  });

  it("takes a fixed factor, and is the same in every form with it", () => {
    const fixed = { ...options, overrelax: 1.3, maxIterations: 25, warn: false } as const;
    const scaling = sinkhorn(null, null, C, { ...fixed, mode: "scaling" });
    const stabilized = sinkhorn(null, null, C, { ...fixed, mode: "stabilized", init: scaling });
    expect(scaling.iterations).toBe(25);
    expect(stabilized.marginalError).toBeLessThan(scaling.marginalError);
  });

  it("uses 2 / (1 + √(1 − r)) as soon as the rate r has settled", () => {
    const relaxation = new Relaxation({ overrelax: "auto" });
    for (let k = 0; k <= 10; k++) {
      expect(relaxation.omega).toBe(1);
      relaxation.observe(0.9 ** k);
    }
    expect(relaxation.omega).toBeCloseTo(2 / (1 + Math.sqrt(0.1)), 12);
    // Over-relaxed, the error falls by ω − 1 = 0.5195 each time.
    const needed = Math.log(1e-9 / 0.1) / Math.log(relaxation.omega - 1);
    expect(relaxation.needed(0.1, 1e-9)).toBeCloseTo(needed, 9);
  });

  it("waits while the rate changes, but not for ever", () => {
    const relaxation = new Relaxation({ overrelax: "auto" });
    // Errors 1/k: the rate approaches 1.
    for (let k = 1; k <= 40; k++) {
      relaxation.observe(1 / k);
      expect(relaxation.omega).toBe(1);
    }
    relaxation.observe(1 / 41);
    // (36/41)^(1/5) < 0.99 is what the last five say.
    expect(relaxation.omega).toBeCloseTo(2 / (1 + Math.sqrt(1 - (36 / 41) ** 0.2)), 12);
  });

  it("begins again when the error grows", () => {
    const relaxation = new Relaxation({ overrelax: "auto" });
    for (let k = 0; k <= 10; k++) relaxation.observe(0.9 ** k);
    for (let k = 0; k <= 20; k++) {
      expect(relaxation.omega).toBeGreaterThan(1);
      relaxation.observe(0.1 * 1.01 ** k);
    }
    expect(relaxation.omega).toBe(1);
  });
});

describe("sinkhorn with little regularisation", () => {
  it("hands over to Newton's method where iterations would take long", () => {
    const result = sinkhorn(null, null, C, { eps: 0.05, mode: "stabilized", tol: 1e-11 });
    expect(result.status).toMatch(/handed over; .* \(newton/);
    expect(result.marginalError).toBeLessThan(1e-11);
    // Between them it comes down from larger ε, if the error is above 0.05 when the iterations end.
    const stages = result.history.map((entry) => entry.stage);
    expect([stages[0], stages.at(-1)]).toEqual(["stabilized", "newton"]);
  });

  it("takes Newton's method from the start where costs spread over more than 500 eps", () => {
    const result = sinkhorn(null, null, C, { eps: 0.01 });
    expect(result.status).toContain("newton with continuation");
    const asked = sinkhorn(null, null, C, { eps: 1, finish: "newton" });
    expect(asked.status).toContain("newton with continuation");
  });

  it("anneals if that is wanted, or if Newton's method is not", () => {
    for (const how of [{ anneal: 0.5 }, { finish: false }] as const) {
      const result = sinkhorn(null, null, C, { eps: 0.01, ...how, warn: false });
      expect(result.status).toContain("annealing over");
      expect(result.history[0]?.stage).toBe("anneal");
    }
  });

  it("folds its scalings often without losing accuracy", () => {
    const at = { eps: 0.05, tol: 1e-10, maxIterations: 4000, warn: false, finish: false } as const;
    const log = sinkhorn(null, null, C, { ...at, mode: "log", anderson: false });
    const stabilized = sinkhorn(null, null, C, { ...at, mode: "stabilized", overrelax: false });
    // Both make the same iterations, but for one of logarithms at the start of the second.
    expect(stabilized.marginalError / log.marginalError).toBeCloseTo(1, 1);
    expect(distance1(stabilized.plan().dataSync(), log.plan().dataSync())).toBeLessThan(1e-4);
  });

  it("starts from given potentials", () => {
    const first = sinkhorn(null, null, C, { eps: 0.2 });
    const again = sinkhorn(null, null, C, { eps: 0.2, init: first });
    expect(again.iterations).toBeLessThanOrEqual(2);
    const near = sinkhorn(null, null, C, { eps: 0.19, init: first });
    const cold = sinkhorn(null, null, C, { eps: 0.19 });
    expect(near.iterations).toBeLessThan(cold.iterations);
  });
});
