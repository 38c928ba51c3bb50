import { random } from "@x/tensor";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { costMatrix } from "../../src/costs";
import { sinkhorn, sinkhornSample, sinkhornTargets } from "../../src/sinkhorn";
import { distance1, problems } from "./problems";

const [X, Y] = [
  random.normal(random.key(1), [6, 2], { dtype: "f64" }),
  random.normal(random.key(2), [4, 2], { dtype: "f64" }),
];

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the result of sinkhorn", () => {
  it("has the three values that its plan has", () => {
    fc.assert(
      fc.property(problems, fc.constantFrom(1, 2.5), ({ C, n, m, ...unit }, mass) => {
        const eps = 0.3;
        const [a, b] = [unit.a.map((w) => w * mass), unit.b.map((w) => w * mass)];
        const result = sinkhorn(a, b, C, { eps, warn: false });
        const P = result.plan().dataSync() as Float64Array;
        let [linear, relative, entropy, sum] = [0, 0, 0, 0];
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < m; j++) {
            const p = P[i * m + j] as number;
            linear += p * ((C[i] as number[])[j] as number);
            relative += p * Math.log(p / ((a[i] as number) * (b[j] as number)));
            entropy += p * Math.log(p);
            sum += p;
          }
        }
        expect(result.linear).toBeCloseTo(linear, 12);
        expect(result.value).toBeCloseTo(linear + eps * (relative - sum + mass * mass), 12);
        expect(result.entropic).toBeCloseTo(linear + eps * entropy, 12);
        const rows = Array.from(a, (_, i) =>
          P.slice(i * m, (i + 1) * m).reduce((x, y) => x + y, 0),
        );
        const columns = Array.from(b, (_, j) =>
          rows.reduce((s, __, i) => s + (P[i * m + j] as number), 0),
        );
        expect(result.marginalError).toBeCloseTo(distance1(rows, a) + distance1(columns, b), 13);
        const dot = (w: Float64Array, x: ArrayLike<number>) =>
          w.reduce((s, v, i) => s + v * (x[i] as number), 0);
        expect(dot(a, result.f.dataSync())).toBeCloseTo(dot(b, result.g.dataSync()), 12);
      }),
      { numRuns: 40 },
    );
  });

  it("applies its plan to vectors as the matrix does", () => {
    const result = sinkhornSample(X, Y, { eps: 0.5 });
    const plan = result.plan();
    const V = random.normal(random.key(3), [4, 3], { dtype: "f64" });
    const W = random.normal(random.key(4), [6], { dtype: "f64" });
    expect(distance1(result.apply(V).dataSync(), plan.matmul(V).dataSync())).toBeLessThan(1e-14);
    expect(distance1(result.applyT(W).dataSync(), plan.T.matmul(W).dataSync())).toBeLessThan(1e-14);
    expect(result.applyT(W).shape).toEqual([4]);
    const means = plan.matmul(Y).div(plan.sum(1, { keepDims: true }));
    expect(distance1(result.barycentricMap().dataSync(), means.dataSync())).toBeLessThan(1e-13);
    expect(() => result.apply(W)).toThrow(
      /apply: expected V with shape \[4\] or \[4, k\]; got \[6\]/,
    );
    const matrix = sinkhorn(null, null, costMatrix(X, Y), { eps: 0.5 });
    expect(() => matrix.barycentricMap()).toThrow(/expected the points Y/);
    expect(matrix.barycentricMap(Y).shape).toEqual([6, 2]);
  });

  it("records its history at every tenth iteration, or where it is told", () => {
    const C = costMatrix(X, Y);
    const options = { eps: 0.5, overrelax: false, finish: false, tol: 1e-12 } as const;
    const { history, iterations } = sinkhorn(null, null, C, options);
    expect(history.map((entry) => entry.iteration)).toEqual(
      Array.from({ length: Math.floor(iterations / 10) }, (_, k) => 10 * (k + 1)),
    );
    const every = sinkhorn(null, null, C, { ...options, checkEvery: 1 }).history;
    expect(every.length).toBe(iterations);
    every.slice(2).forEach((entry, k) => {
      // The marginal error of plain iterations never grows; at its end it is rounding.
      expect(entry.marginalError).toBeLessThanOrEqual((every[k + 1]?.marginalError ?? 0) + 1e-15);
    });
  });

  it("reports the error that its iterations estimate", () => {
    const C = costMatrix(X, Y);
    for (const mode of ["scaling", "log", "stabilized"] as const) {
      // The estimate of iteration k is the error after iteration k − 1.
      const options = { eps: 0.5, mode, overrelax: false, checkEvery: 1, warn: false } as const;
      const five = sinkhorn(null, null, C, { ...options, maxIterations: 5 });
      const six = sinkhorn(null, null, C, { ...options, maxIterations: 6 });
      expect(six.history[5]?.marginalError).toBeCloseTo(five.marginalError, 12);
    }
  });

  it("warns once, and not at all if that is not wanted", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const C = costMatrix(X, Y);
    sinkhorn(null, null, C, { eps: 0.1, maxIterations: 2 });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toMatch(/^sinkhorn: not converged: marginal error/);
    sinkhorn(null, null, C, { eps: 0.1, maxIterations: 2, warn: false });
    sinkhorn(null, null, C, { eps: 0.1 });
    expect(warn).toHaveBeenCalledTimes(1);
  });
});

describe("sinkhornTargets", () => {
  it("gives what separate calls give", () => {
    const C = costMatrix(X, Y);
    const B = [
      [0.25, 0.1, 0.7],
      [0.25, 0.2, 0.1],
      [0.25, 0.3, 0.1],
      [0.25, 0.4, 0.1],
    ];
    const results = sinkhornTargets(null, B, C, { eps: 0.2 });
    expect(results.length).toBe(3);
    results.forEach((result, k) => {
      const own = sinkhorn(
        null,
        B.map((row) => row[k] as number),
        C,
        { eps: 0.2 },
      );
      expect(Array.from(result.plan().dataSync())).toEqual(Array.from(own.plan().dataSync()));
      expect(result.iterations).toBe(own.iterations);
    });
  });

  it("takes targets without mass in places", () => {
    const C = costMatrix(X, Y);
    const B = [
      [0.25, 0],
      [0.25, 0.5],
      [0.25, 0.5],
      [0.25, 0],
    ];
    const [, second] = sinkhornTargets(null, B, C, { eps: 0.2 });
    expect(second?.converged).toBe(true);
    expect(second?.plan().sum(0).dataSync()[0]).toBe(0);
  });

  it("refuses a B of another length", () => {
    expect(() => sinkhornTargets(null, [[1], [0]], costMatrix(X, Y))).toThrow(
      /expected B with shape \[4, k\]; got \[2, 1\]/,
    );
  });
});

describe("sinkhornSample", () => {
  it("is the same with and without the matrix of costs", () => {
    const options = { eps: 0.4, tol: 1e-12 };
    const dense = sinkhornSample(X, Y, { ...options, method: "dense" });
    const streaming = sinkhornSample(X, Y, { ...options, method: "streaming" });
    expect(streaming.value).toBeCloseTo(dense.value, 10);
    expect(distance1(dense.plan().dataSync(), streaming.plan().dataSync())).toBeLessThan(1e-9);
  });

  it("takes weights and costs by name", () => {
    const weights = { a: [0.5, 0.1, 0.1, 0.1, 0.1, 0.1], b: [0.4, 0.2, 0.2, 0.2] };
    const result = sinkhornSample(X, Y, { ...weights, cost: "euclidean", eps: 0.4 });
    const own = sinkhorn(weights.a, weights.b, costMatrix(X, Y, "euclidean"), { eps: 0.4 });
    expect(result.value).toBe(own.value);
  });
});
