import { grad, jit, type Tensor, TraceError, tensor } from "@x/tensor";
import { rng } from "@x/tensor/random";
import { assertClose } from "@x/tensor/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  costMatrix,
  emd,
  greenkhorn,
  type OTResult,
  sinkhorn,
  sinkhornBatch,
  sinkhornNewton,
  sinkhornPoints,
} from "../src/index";

const cloud = (n: number, seed: number): number[][] => {
  const random = rng(seed);
  return Array.from({ length: n }, () => [random.uniform(), random.uniform()]);
};

const weights = (n: number, seed: number, mass: number): number[] => {
  const random = rng(seed);
  const w = Array.from({ length: n }, () => random.uniform(0.5, 1.5));
  const sum = w.reduce((x, y) => x + y);
  return w.map((x) => (x / sum) * mass);
};

type Problem = { X: number[][]; Y: number[][]; a: number[]; b: number[]; eps: number };

/** All solvers of one problem with a cost matrix or points. */
const solvers: Record<string, (problem: Problem, tol: number) => OTResult> = {
  sinkhorn: ({ X, Y, a, b, eps }, tol) => sinkhorn(a, b, costMatrix(X, Y), { eps, tol }),
  "sinkhorn, log": ({ X, Y, a, b, eps }, tol) =>
    sinkhorn(a, b, costMatrix(X, Y), { eps, tol, mode: "log" }),
  sinkhornNewton: ({ X, Y, a, b, eps }, tol) =>
    sinkhornNewton(a, b, costMatrix(X, Y), { eps, tol }),
  sinkhornPoints: ({ X, Y, a, b, eps }, tol) => sinkhornPoints(X, Y, { a, b, eps, tol }),
  sinkhornBatch: ({ X, Y, a, b, eps }, tol) =>
    sinkhornBatch([a], [b], [costMatrix(X, Y).toArray() as number[][]], { eps, tol })
      .results[0] as OTResult,
  greenkhorn: ({ X, Y, a, b, eps }, tol) =>
    greenkhorn(a, b, costMatrix(X, Y), { eps, tol, maxIterations: 100_000 }),
};

describe.each(Object.keys(solvers))("%s", (name) => {
  const solve = solvers[name] as (problem: Problem, tol: number) => OTResult;

  it.each([1e-6, 1, 1e6])(
    "has the plan of the log form and its own tolerance for the mass %s",
    (mass) => {
      const [X, Y] = [cloud(12, 1), cloud(9, 2)];
      const problem = { X, Y, a: weights(12, 3, mass), b: weights(9, 4, mass), eps: 0.1 };
      const tol = 1e-10;
      const result = solve(problem, tol);
      expect(result.converged, result.status).toBe(true);
      expect(result.marginalError).toBeLessThanOrEqual(tol * mass);
      const reference = sinkhorn(problem.a, problem.b, costMatrix(X, Y), {
        eps: 0.1,
        tol: 1e-13,
        mode: "log",
        maxIterations: 10_000,
        finish: false,
      });
      // Plans move by about the marginal error.
      assertClose(result.plan().div(mass), reference.plan().div(mass), { absolute: 100 * tol });
    },
  );
});

describe("entropic and exact transport", () => {
  it("differ by at most ε times the largest divergence of a plan from a⊗b", () => {
    const size = fc.integer({ min: 1, max: 8 });
    const seed = fc.integer({ min: 0, max: 2 ** 31 });
    fc.assert(
      fc.property(size, size, seed, fc.constantFrom(0.3, 0.03, 0.003), (n, m, s, eps) => {
        const [a, b] = [weights(n, s, 1), weights(m, s + 1, 1)];
        const C = costMatrix(cloud(n, s + 2), cloud(m, s + 3));
        const exact = emd(a, b, C).cost;
        const { linear, value, converged, marginalError } = sinkhorn(a, b, C, {
          eps,
          maxIterations: 20_000,
          warn: false,
        });
        // Costs are at most 2, and so is what a marginal error changes, twice.
        const rounding = 4 * marginalError + 1e-12;
        expect(linear).toBeGreaterThanOrEqual(exact - rounding);
        // KL(P | a⊗b) ≤ the entropy of either marginal ≤ log min(n, m).
        const gap = eps * Math.log(Math.min(n, m)) + rounding * (1 + Math.abs(Math.log(eps)) / eps);
        expect(value).toBeLessThanOrEqual(exact + gap);
        expect(converged).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe("plain solvers inside a transformation", () => {
  const Y = cloud(4, 8);

  it("refuse to give a derivative of zero, and name what has one", () => {
    const X = tensor(cloud(3, 9), { dtype: "f64" });
    const potentials = (x: Tensor): Tensor => sinkhornPoints(x, Y, { eps: 1 }).f.sum();
    expect(() => grad(potentials)(X)).toThrow(
      /sinkhornPoints: expected plain numbers in X; .*entropicCost/,
    );
    expect(() => jit(potentials)(X)).toThrow(TraceError);
    const costs = costMatrix(X, Y);
    for (const solve of [sinkhorn, sinkhornNewton, greenkhorn]) {
      const total = (C: Tensor): Tensor => solve(null, null, C, { eps: 1 }).f.sum();
      expect(() => grad(total)(costs)).toThrow(TraceError);
    }
    const constant = (x: Tensor): Tensor => x.sum().add(potentials(x.stopGradient()));
    expect(grad(constant)(X).toArray()).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });

  it("take rows as typed arrays", () => {
    const C = [new Float64Array([0, 1]), new Float64Array([1, 0])];
    expect(emd(null, null, C).cost).toBe(0);
    expect(costMatrix([new Float32Array([0, 0])], [new Float32Array([3, 4])]).item()).toBe(25);
  });
});
