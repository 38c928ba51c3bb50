import { grad, jit, type Tensor, TraceError, tensor, vmap } from "@x/tensor";
import { rng } from "@x/tensor/random";
import { assertClose } from "@x/tensor/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  costMatrix,
  emd,
  greenkhorn,
  type OTResult,
  quantileFunction,
  sinkhorn,
  sinkhornBatch,
  sinkhornLowRank,
  sinkhornNewton,
  sinkhornPoints,
  slicedWasserstein,
  svgdDirection,
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
    sinkhorn(a, b, costMatrix(X, Y), { eps, tol, mode: "log", anderson: false, finish: false }),
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
        anderson: false,
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

  it("refuse vectors that their plans are applied to, and name what has a derivative", () => {
    const results = [
      sinkhorn(null, null, [[0, 1]], { eps: 1 }),
      sinkhornPoints([[0]], [[1], [2]], { eps: 1 }),
      sinkhornBatch(null, null, [[[0, 1]]], { eps: 1 }).results[0] as OTResult,
      sinkhornLowRank({ X: [[0]], Y: [[1], [2]] }, { rank: 1 }),
    ];
    const V = tensor([[3], [5]], { dtype: "f64" });
    const rows = tensor([1], { dtype: "f64" });
    for (const result of results) {
      const image = (x: Tensor): Tensor => result.apply(x).sum();
      expect(() => grad(image)(V)).toThrow(
        /^apply: expected plain numbers in V; .*; use plan\(\)\.matmul\(V\)/,
      );
      expect(() => jit(image)(V)).toThrow(TraceError);
      expect(() => vmap((x: Tensor) => result.apply(x))(V.T)).toThrow(TraceError);
      expect(() => grad((x: Tensor) => result.applyT(x).sum())(rows)).toThrow(
        /^applyT: expected plain numbers in V; .*; use plan\(\)\.T\.matmul\(V\)/,
      );
      const stopped = (x: Tensor): Tensor => x.sum().add(image(x.stopGradient()));
      expect(grad(stopped)(V).toArray()).toEqual([[1], [1]]);
      if (!("barycentricMap" in result)) continue;
      expect(() => grad((y: Tensor) => result.barycentricMap(y).sum())(V)).toThrow(
        /^barycentricMap: expected plain numbers in Y/,
      );
    }
    // What the message advises has the derivative: column sums of the plan.
    const { plan } = results[0] as OTResult;
    assertClose(grad((x: Tensor) => plan().matmul(x).sum())(V), [[0.5], [0.5]], { absolute: 1e-9 });
  });

  it("refuse directions, levels, scores and ε inside grad", () => {
    const X = [[0, 0]];
    const theta = tensor([[1, 0]], { dtype: "f64" });
    const distance = (t: Tensor): Tensor =>
      t.sum().mul(slicedWasserstein(X, [[1, 1]], { theta: t }).value);
    expect(() => grad(distance)(theta)).toThrow(
      /slicedWasserstein: expected plain numbers in theta/,
    );
    const level = tensor([0.5], { dtype: "f64" });
    expect(() => grad((q: Tensor) => quantileFunction([1, 2])(q).sum())(level)).toThrow(
      /quantileFunction: expected plain numbers in q/,
    );
    expect(() => grad((s: Tensor) => svgdDirection([[0]], s).sum())(level.reshape([1, 1]))).toThrow(
      /svgdDirection: expected plain numbers in scores/,
    );
    const batch = (eps: Tensor): Tensor => sinkhornBatch(null, null, [[[0, 1]]], { eps }).f.sum();
    expect(() => grad(batch)(tensor([1], { dtype: "f64" }))).toThrow(
      /sinkhornBatch: expected plain numbers in eps/,
    );
  });

  it("take rows as typed arrays", () => {
    const C = [new Float64Array([0, 1]), new Float64Array([1, 0])];
    expect(emd(null, null, C).cost).toBe(0);
    expect(costMatrix([new Float32Array([0, 0])], [new Float32Array([3, 4])]).item()).toBe(25);
  });
});
