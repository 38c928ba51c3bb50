import { type Tensor, tensor } from "@x/tensor";
import { normal, rng } from "@x/tensor/random";
import { describe, expect, it } from "vitest";
import { costMatrix } from "../../src/costs/index";
import { sinkhornPoints } from "../../src/streaming/index";
import { streamingKernels } from "../../src/streaming/kernels";
import { spatialOrder } from "../../src/streaming/spatial-order";

const cloud = (seed: number, n: number, d: number): Tensor =>
  normal(rng(seed).next(), [n, d], { dtype: "f64" });

describe("sinkhornPoints of large clouds", () => {
  it("takes memory for the points and not for their pairs, and gives it back", () => {
    const n = 6000;
    const options = { eps: 0.1, maxIterations: 2, tol: 1e-12, warn: false };
    const run = (): number => {
      const result = sinkhornPoints(cloud(1, n, 3), cloud(2, n, 3), options);
      result.apply(result.g);
      return streamingKernels().liveBytes;
    };
    // What stays is the threads' own memory: up to 16 of 1 MiB.
    const first = run();
    expect(run()).toBe(first);
    expect(first).toBeLessThan(20e6);
    // The costs alone would take 288 MB; there are up to 32 partial sums of the columns, 48 kB each.
    expect(streamingKernels().u8.length).toBeLessThan(64e6);
  });

  it("solves for more columns than fit beside a row, like the problem with sides exchanged", () => {
    const [X, Y] = [cloud(3, 3, 2), cloud(4, 130_000, 2)];
    const options = { eps: 5, tol: 1e-8, cost: "dot" } as const;
    const wide = sinkhornPoints(X, Y, options);
    expect(wide.converged).toBe(true);
    expect(wide.status).toMatch(/^streaming, rows and columns apart/);
    const tall = sinkhornPoints(Y, X, options);
    expect(tall.status).toMatch(/^streaming: /);
    // Either is within its tolerance of the solution, times potentials of size 1.
    expect(Math.abs(wide.value - tall.value)).toBeLessThan(1e-7);
    expect(Math.abs(wide.linear - tall.linear)).toBeLessThan(1e-7);
    expect(wide.marginalError).toBeLessThan(1e-8);
  });

  it("computes entries of the plan to 3e-12 of themselves, however small", () => {
    const [X, Y] = [cloud(5, 50, 3), cloud(6, 60, 3)];
    const eps = 0.1;
    const { f, g, plan } = sinkhornPoints(X, Y, { eps, tol: 1e-3 });
    const [P, C] = [plan().dataSync(), costMatrix(X, Y).dataSync()];
    const [F, G] = [f.dataSync(), g.dataSync()];
    let smallest = Infinity;
    for (let i = 0; i < 50; i++)
      for (let j = 0; j < 60; j++) {
        const z = ((F[i] as number) + (G[j] as number) - (C[i * 60 + j] as number)) / eps;
        const expected = Math.exp(z) / 3000;
        smallest = Math.min(smallest, expected);
        // The exponential is good to 1e-12; exponents of some hundreds are good to 1e-13.
        expect(Math.abs((P[i * 60 + j] as number) / expected - 1)).toBeLessThan(3e-12);
      }
    expect(smallest).toBeLessThan(1e-50);
  });
});

describe("spatialOrder", () => {
  it("is a permutation whose tiles are far smaller than the cloud", () => {
    const n = 3000;
    const data = cloud(7, n, 2).dataSync() as Float64Array;
    const order = spatialOrder({ data, rows: n, columns: 2 });
    expect([...order].sort((i, j) => i - j)).toEqual(Array.from({ length: n }, (_, i) => i));
    const spread = (indices: Int32Array): number =>
      [0, 1].reduce((area, k) => {
        const values = [...indices].map((i) => data[2 * i + k] as number);
        return area * (Math.max(...values) - Math.min(...values));
      }, 1);
    let area = 0;
    for (let from = 0; from < n; from += 64) area += spread(order.subarray(from, from + 64));
    // 47 tiles that do not overlap fill at most the cloud's own box; in a random order each would span most of it.
    expect(area).toBeLessThan(1.01 * spread(order));
  });

  it("takes clouds of one point and of equal points", () => {
    expect([...spatialOrder({ data: Float64Array.of(1), rows: 1, columns: 1 })]).toEqual([0]);
    const equal = { data: new Float64Array(200), rows: 200, columns: 1 };
    expect(new Set(spatialOrder(equal)).size).toBe(200);
    const { converged } = sinkhornPoints(tensor(equal.data).reshape([200, 1]), [[1]], { eps: 1 });
    expect(converged).toBe(true);
  });
});
