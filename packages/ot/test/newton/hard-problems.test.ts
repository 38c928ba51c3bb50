import { describe, expect, it } from "vitest";
import { costMatrix } from "../../src/costs";
import { sinkhornNewton } from "../../src/newton";
import { sinkhorn } from "../../src/sinkhorn";
import { distance1 } from "../sinkhorn/problems";
import { cloud, gridCosts, strokes, uniformCosts } from "./problems";

const tol = 1e-10;

describe("sinkhornNewton on ill-conditioned problems", () => {
  it.each([50, 200, 1200, 5000, 20_000])(
    "solves random assignment of 500 points at eta = %i in at most 60 iterations",
    (eta) => {
      const { converged, marginalError, iterations, status } = sinkhornNewton(
        null,
        null,
        uniformCosts(500, 5),
        { eta, tol },
      );
      expect(status).toContain("converged");
      expect(converged).toBe(true);
      expect(marginalError).toBeLessThan(tol);
      // At η = 1200, where iterations of Sinkhorn need 43 600, the bound is the flagship's: 40.
      expect(iterations).toBeLessThanOrEqual(eta <= 1200 ? 40 : 60);
    },
  );

  it("solves 100 points at eta = 1200, where conjugate gradients alone stall, by factoring", () => {
    const result = sinkhornNewton(null, null, uniformCosts(100, 6), { eta: 1200, tol });
    expect(result.marginalError).toBeLessThan(tol);
    expect(result.history.some((entry) => entry.factored === "dense")).toBe(true);
  });

  it.each(["sqeuclidean", "cityblock"] as const)("moves one image to another (%s)", (cost) => {
    const result = sinkhornNewton(strokes(1), strokes(2), gridCosts(cost), { eta: 1200, tol });
    expect(result.marginalError).toBeLessThan(tol);
    // Iterations of Sinkhorn alone need 1000 and 3900.
    expect(result.iterations).toBeLessThan(200);
  });

  it.each([0.01, 5e-4])("moves one planar cloud to another at eps = %d", (eps) => {
    const C = costMatrix(cloud(400, 8), cloud(400, 9, 1.2, 1));
    // At the smaller ε doubles resolve marginal errors down to 10⁻¹⁰ only; the solver says so.
    const result = sinkhornNewton(null, null, C, { eps, tol });
    expect(result.converged).toBe(true);
    expect(result.marginalError).toBeLessThan(3e-10);
    expect(result.iterations).toBeLessThan(100);
    // There the plan is nearly a forest, and conjugate gradients run along its branches for too long.
    expect(result.history.some((entry) => entry.factored === "sparse")).toBe(eps < 1e-3);
  });

  it("finds the plan that many iterations of Sinkhorn find", () => {
    const C = uniformCosts(60, 3);
    const options = { eps: 1 / 50, tol: 1e-13 };
    const newton = sinkhornNewton(null, null, C, options);
    const plain = {
      ...options,
      mode: "log",
      anderson: false,
      finish: false,
      maxIterations: 5000,
      warn: false,
    } as const;
    const long = sinkhorn(null, null, C, plain);
    expect(long.marginalError).toBeLessThan(1e-12);
    expect(distance1(newton.plan().dataSync(), long.plan().dataSync())).toBeLessThan(1e-10);
  });

  it("ends no worse than iterations of Sinkhorn", () => {
    for (const seed of [1, 2, 3]) {
      const C = uniformCosts(40, seed);
      const options = { eps: 1e-4, maxIterations: 300, warn: false };
      const newton = sinkhornNewton(null, null, C, options);
      const plain = sinkhorn(null, null, C, {
        ...options,
        mode: "log",
        anderson: false,
        finish: false,
      });
      expect(newton.marginalError).toBeLessThanOrEqual(plain.marginalError);
    }
  });
});
