import { type Tensor, tensor } from "@x/tensor";
import { normal, rng, uniform } from "@x/tensor/random";
import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { costMatrix } from "../../src/costs/index";
import { projectCouplings } from "../../src/low-rank/dykstra";
import { sinkhornLowRank } from "../../src/low-rank/index";
import { sinkhorn } from "../../src/sinkhorn/sinkhorn";

const cloud = (seed: number, n: number, d: number): Tensor =>
  normal(rng(seed).next(), [n, d], { dtype: "f64" });
const total = (x: Tensor): number => x.sum().item();

describe("sinkhornLowRank", () => {
  it("is the independent plan at rank 1, the only one with these marginals", () => {
    const [X, Y] = [cloud(1, 12, 3), cloud(2, 9, 3)];
    const a = uniform(rng(3).next(), [12], { dtype: "f64" }).add(0.1);
    const b = a.at([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const weights = { a: a.div(a.sum()), b: b.div(b.sum()) };
    const { plan, linear, marginalError } = sinkhornLowRank({ X, Y }, { rank: 1, ...weights });
    const independent = weights.a.expandDims(1).mul(weights.b.expandDims(0));
    expect(plan().sub(independent).abs().max().item()).toBeLessThan(1e-8);
    expect(linear).toBeCloseTo(total(costMatrix(X, Y).mul(independent)), 7);
    expect(marginalError).toBeLessThan(2e-7);
  });

  it("joins well separated clusters one to one, each by its independent plan", () => {
    // Corners of a large triangle; between other corners the cost is over 1000.
    const corners = tensor(
      [
        [0, 0],
        [40, 0],
        [0, 40],
      ],
      { dtype: "f64" },
    );
    const spread = (seed: number, each: number): Tensor =>
      cloud(seed, 3 * each, 2).add(corners.at(Array.from({ length: 3 * each }, (_, i) => i % 3)));
    const [X, Y] = [spread(4, 5), spread(5, 7)];
    const C = costMatrix(X, Y).toArray() as number[][];
    let within = 0;
    for (const [i, row] of C.entries())
      for (const [j, c] of row.entries()) if (i % 3 === j % 3) within += c / (3 * 5 * 7);
    const best = Math.min(
      ...[0, 1, 2, 3].map(
        (seed) => sinkhornLowRank({ X, Y }, { rank: 3, seed, tolScale: 1e-6 }).linear,
      ),
    );
    expect(best).toBeCloseTo(within, 4);
  });

  it("has the given marginals and a value above the entropic plan's, which falls with the rank", () => {
    const [X, Y] = [cloud(6, 40, 2), cloud(7, 35, 2)];
    // The entropic plan's cost is an upper bound of the unrestricted optimum, by less than ε log(nm) here.
    const { linear: bound } = sinkhorn(null, null, costMatrix(X, Y), { eps: 0.01, tol: 1e-7 });
    const values = [1, 3, 8].map((rank) => {
      const result = sinkhornLowRank({ X, Y }, { rank });
      expect(result.converged).toBe(true);
      expect(result.marginalError).toBeLessThan(1e-6);
      expect(Math.min(...result.plan().dataSync())).toBeGreaterThanOrEqual(0);
      expect(result.linear).toBeCloseTo(total(result.plan().mul(costMatrix(X, Y))), 9);
      return result.linear;
    });
    expect(values[1]).toBeLessThan(0.7 * (values[0] as number));
    expect(values[2]).toBeLessThan(values[1] as number);
    expect(values[2]).toBeGreaterThan(bound - 0.01 * Math.log(40 * 35));
  });

  it("does not stop at the saddle where random factors of many points begin", () => {
    const [X, Y] = [cloud(20, 1500, 3), cloud(21, 1500, 3)];
    const result = sinkhornLowRank({ X, Y }, { rank: 5 });
    // The independent plan, next to which it starts, has the mean cost.
    expect(result.linear).toBeLessThan(0.7 * costMatrix(X, Y).mean().item());
  });

  it("takes factors, and gives the same as for points", () => {
    const [X, Y] = [cloud(8, 15, 2), cloud(9, 18, 2)];
    const norms = (z: Tensor): Tensor => z.square().sum(1, { keepDims: true });
    const one = (z: Tensor): Tensor => norms(z).mul(0).add(1);
    // Not centred, unlike in the solver: the same cost to rounding, hence the same path.
    const A = rowsOf([norms(X), one(X), X.mul(-2)]);
    const B = rowsOf([one(Y), norms(Y), Y]);
    const options = { rank: 4, maxIterations: 15, warn: false };
    const points = sinkhornLowRank({ X, Y }, options);
    const factors = sinkhornLowRank({ A, B }, options);
    expect(factors.linear).toBeCloseTo(points.linear, 7);
  });

  it("does not depend on the unit of the cost", () => {
    const [X, Y] = [cloud(10, 20, 2), cloud(11, 20, 2)];
    const options = { rank: 3, maxIterations: 25, warn: false };
    const one = sinkhornLowRank({ X, Y }, { ...options, eps: 0.1 });
    for (const scale of [1e-4, 1e5]) {
      const other = sinkhornLowRank(
        { X: X.mul(scale), Y: Y.mul(scale) },
        { ...options, eps: 0.1 * scale * scale },
      );
      expect(other.linear / scale / scale).toBeCloseTo(one.linear, 7);
    }
  });

  it("approaches the independent plan as the entropy grows", () => {
    const [X, Y] = [cloud(12, 20, 2), cloud(13, 25, 2)];
    const mean = costMatrix(X, Y).mean().item();
    const gap = (eps: number): number =>
      mean - sinkhornLowRank({ X, Y }, { rank: 4, eps, maxIterations: 40, warn: false }).linear;
    expect(gap(0)).toBeGreaterThan(1);
    expect(Math.abs(gap(1000))).toBeLessThan(0.02);
  });

  it("acts on vectors as its plan does", () => {
    const [X, Y] = [cloud(14, 10, 2), cloud(15, 12, 2)];
    const result = sinkhornLowRank({ X, Y }, { rank: 3 });
    const P = result.plan();
    expect(result.apply(Y).sub(P.matmul(Y)).abs().max().item()).toBeLessThan(1e-14);
    expect(result.applyT(X).sub(P.T.matmul(X)).abs().max().item()).toBeLessThan(1e-14);
    expect(result.apply(Y.at("...", 0)).shape).toEqual([10]);
    expect(() => result.apply(X)).toThrow(
      "apply: expected V with shape [12] or [12, k]; got [10, 2]",
    );
  });

  it("gives points without mass nothing, and keeps the total mass", () => {
    const a = [2, 0, 1, 3];
    const b = [0, 4, 2];
    const { plan, g } = sinkhornLowRank(
      { X: cloud(16, 4, 2), Y: cloud(17, 3, 2) },
      { a, b, rank: 2 },
    );
    expect(plan().at(1).abs().max().item()).toBe(0);
    expect(plan().at("...", 0).abs().max().item()).toBe(0);
    expect(total(plan())).toBeCloseTo(6, 5);
    expect(total(g)).toBeCloseTo(6, 5);
  });

  it("says that it did not converge, warns once, and is silent when told so", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      const cost = { X: cloud(18, 20, 2), Y: cloud(19, 20, 2) };
      const { converged, status } = sinkhornLowRank(cost, {
        rank: 5,
        maxIterations: 2,
        tolScale: 1e-9,
      });
      expect(converged).toBe(false);
      expect(status).toBe(
        "low rank: 2 steps, the last of which still changed the factors; more steps or a smaller gamma may help",
      );
      sinkhornLowRank(cost, { rank: 5, maxIterations: 2, tolScale: 1e-9, warn: false });
      expect(warn).toHaveBeenCalledTimes(1);
    } finally {
      warn.mockRestore();
    }
  });

  it("refuses what it cannot use", () => {
    const cost = { X: [[0], [1]], Y: [[0], [1]] };
    expect(() => sinkhornLowRank(cost, { rank: 3 })).toThrow(
      "sinkhornLowRank: expected rank to be a whole number from 1 to min(n, m) = 2; got 3",
    );
    expect(() => sinkhornLowRank(cost, { rank: 2, alpha: 0.5 })).toThrow(
      "sinkhornLowRank: expected alpha from 0 to below 1/rank = 0.5; got 0.5",
    );
    expect(() => sinkhornLowRank(cost, { rank: 1, eps: -1 })).toThrow(
      "sinkhornLowRank: expected eps ≥ 0, in units of the cost; got -1",
    );
    expect(() => sinkhornLowRank(cost, { rank: 1, gamma: 0 })).toThrow(
      "sinkhornLowRank: expected gamma > 0; got 0",
    );
    expect(() => sinkhornLowRank(cost, { rank: 1, maxIterations: 0 })).toThrow(
      "sinkhornLowRank: expected maxIterations to be a whole number ≥ 1; got 0",
    );
    expect(() => sinkhornLowRank({ A: [[0]], B: [[0, 1]] }, { rank: 1 })).toThrow(
      "sinkhornLowRank: expected A and B with the same number of columns; got [1, 1] and [1, 2]",
    );
  });
});

/** Columns of several matrices beside one another. */
const rowsOf = (parts: Tensor[]): number[][] => {
  const arrays = parts.map((p) => p.toArray() as number[][]);
  return (arrays[0] as number[][]).map((_, i) => arrays.flatMap((x) => x[i] as number[]));
};

describe("projectCouplings", () => {
  it("is the identity on couplings that satisfy the constraints", () => {
    const Q = Float64Array.of(0.1, 0.2, 0.3, 0.4);
    const R = Float64Array.of(0.25, 0.05, 0.15, 0.55);
    const g = Float64Array.of(0.4, 0.6);
    const out = projectCouplings(
      { xi1: Q, xi2: R, xi3: g },
      Float64Array.of(0.3, 0.7),
      Float64Array.of(0.3, 0.7),
      { alpha: 1e-10, tol: 1e-14, maxIterations: 100 },
    );
    for (const [k, x] of out.Q.entries()) expect(x).toBeCloseTo(Q[k] as number, 12);
    for (const [k, x] of out.R.entries()) expect(x).toBeCloseTo(R[k] as number, 12);
    for (const [k, x] of out.g.entries()) expect(x).toBeCloseTo(g[k] as number, 12);
  });

  it("satisfies the constraints and the floor, and is nearer than any feasible neighbour", () => {
    const positive = fc.integer({ min: 1, max: 20 }).map((k) => k / 10);
    const vector = (n: number) => fc.array(positive, { minLength: n, maxLength: n });
    fc.assert(
      fc.property(
        vector(6),
        vector(4),
        vector(2),
        vector(3),
        vector(2),
        (xi1, xi2, xi3, aw, bw) => {
          const unit = (w: number[]): Float64Array => {
            const sum = w.reduce((x, y) => x + y, 0);
            return Float64Array.from(w, (x) => x / sum);
          };
          const [a, b] = [unit(aw), unit(bw)];
          const kernels = {
            xi1: Float64Array.from(xi1),
            xi2: Float64Array.from(xi2),
            xi3: Float64Array.from(xi3),
          };
          const alpha = 0.3;
          const { Q, R, g } = projectCouplings(kernels, a, b, {
            alpha,
            tol: 1e-12,
            maxIterations: 5000,
          });
          for (let i = 0; i < 3; i++)
            expect((Q[2 * i] as number) + (Q[2 * i + 1] as number)).toBeCloseTo(a[i] as number, 9);
          for (const k of [0, 1]) {
            const column = (X: Float64Array): number =>
              X.reduce((s, x, at) => s + (at % 2 === k ? x : 0), 0);
            expect(column(Q)).toBeCloseTo(g[k] as number, 9);
            expect(column(R)).toBeCloseTo(g[k] as number, 9);
            expect(g[k]).toBeGreaterThan(alpha - 1e-6);
          }
          // Shifting mass around a cycle keeps all constraints: the derivative of the divergence must vanish.
          const log = (x: Float64Array, xi: Float64Array, k: number): number =>
            Math.log((x[k] as number) / (xi[k] as number));
          const cycle =
            log(Q, kernels.xi1, 0) -
            log(Q, kernels.xi1, 1) -
            log(Q, kernels.xi1, 2) +
            log(Q, kernels.xi1, 3);
          expect(Math.abs(cycle)).toBeLessThan(1e-6);
          // So does moving mass between the components, unless the floor holds one of them.
          if (Math.min(...g) > alpha + 1e-4) {
            const move =
              log(Q, kernels.xi1, 0) -
              log(Q, kernels.xi1, 1) +
              log(R, kernels.xi2, 0) -
              log(R, kernels.xi2, 1) +
              log(g, kernels.xi3, 0) -
              log(g, kernels.xi3, 1);
            expect(Math.abs(move)).toBeLessThan(1e-6);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
