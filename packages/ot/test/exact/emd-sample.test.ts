import { ArgumentError, ShapeError } from "@x/tensor";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CostName, costMatrix } from "../../src/costs/index";
import { emd, emdSample } from "../../src/exact/index";
import { exactKernels } from "../../src/exact/module";
import golden from "../golden/exact.json";
import { sum, verify } from "./verify";

const names: readonly CostName[] = ["sqeuclidean", "euclidean", "cityblock", "cosine", "dot"];

const clouds = fc
  .tuple(
    fc.integer({ min: 1, max: 8 }),
    fc.integer({ min: 1, max: 8 }),
    fc.integer({ min: 1, max: 5 }),
  )
  .chain(([n, m, d]) => {
    const point = fc.array(fc.integer({ min: -8, max: 8 }), { minLength: d, maxLength: d });
    return fc.tuple(
      fc.array(point, { minLength: n, maxLength: n }),
      fc.array(point, { minLength: m, maxLength: m }),
    );
  });

describe("emdSample", () => {
  it.each(golden.transport)(
    "agrees with POT on a $metric problem",
    ({ metric, X, Y, a, b, cost }) => {
      for (const lazy of [false, true]) {
        const normalized = (w: number[]): number[] => w.map((x) => x / sum(w));
        const options = { a: normalized(a), b: normalized(b), cost: metric as CostName, lazy };
        expect(emdSample(X, Y, options).cost).toBeCloseTo(cost, 12);
      }
    },
  );

  it.each(names)("solves %s problems without a matrix, weights of zero included", (cost) => {
    fc.assert(
      fc.property(clouds, fc.nat(3), ([X, Y], zero) => {
        const weights = (n: number): number[] =>
          Array.from({ length: n }, (_, i) => (i === zero && n > zero + 1 ? 0 : 1 + (i % 2)));
        const [a, b] = [weights(X.length), weights(Y.length)];
        const [left, right] = [a.map((w) => w * sum(b)), b.map((w) => w * sum(a))];
        const result = emdSample(X, Y, { a: left, b: right, cost, lazy: true });
        const m = Y.length;
        const flat = Array.from(costMatrix(X, Y, cost).dataSync(), Number);
        const C = X.map((_, i) => flat.slice(i * m, (i + 1) * m));
        // A cosine of 1 may miss its cost of 0 by some units of 10⁻¹⁶, which `verify` would compare with a scale of 0.
        if (C.flat().some((c) => Math.abs(c) > 1e-3)) verify(left, right, C, result);
        else expect(Math.abs(result.cost)).toBeLessThanOrEqual(1e-14 * sum(left));
      }),
    );
  });

  it("computes the matrix for a function, and equals emd on it", () => {
    const X = [[0], [1], [4]];
    const Y = [[2], [3]];
    const cost = (x: Parameters<typeof costMatrix>[0], y: Parameters<typeof costMatrix>[1]) =>
      costMatrix(x, y, "euclidean").sqrt();
    const C = costMatrix(X, Y, "euclidean").sqrt();
    expect(emdSample(X, Y, { cost }).cost).toBe(emd(null, null, C).cost);
  });

  it("takes memory that grows like n + m only, if it is lazy", () => {
    const n = 3000;
    const X = Array.from({ length: n }, (_, i) => [Math.sin(i * i)]);
    const Y = Array.from({ length: n }, (_, i) => [Math.sin(7 * i + 1)]);
    emdSample([[0]], [[1]], { lazy: true });
    const { u8, liveBytes } = exactKernels();
    const { plan } = emdSample(X, Y, { lazy: true, maxPivots: 1000, warn: false });
    expect(sum([...plan.values])).toBeCloseTo(1, 12);
    // The matrix would take 72 MB.
    expect(exactKernels().u8.byteLength - u8.byteLength).toBeLessThan(4e6);
    expect(exactKernels().liveBytes).toBe(liveBytes);
  });

  it("solves a problem of many equal points", () => {
    const X = Array.from({ length: 300 }, (_, i) => [i % 3, i % 2]);
    const Y = Array.from({ length: 200 }, (_, i) => [i % 4, i % 5]);
    const [plain, lazy] = [emdSample(X, Y), emdSample(X, Y, { lazy: true })];
    expect(lazy.cost).toBeCloseTo(plain.cost, 13);
    expect(lazy.converged).toBe(true);
  });

  it("refuses clouds of different dimensions, unknown costs, and functions without a matrix", () => {
    expect(() => emdSample([[1, 2]], [[1]])).toThrow(ShapeError);
    expect(() => emdSample([[1]], [[1]], { cost: "manhattan" as CostName, lazy: true })).toThrow(
      ArgumentError,
    );
    expect(() => emdSample([[1]], [[1]], { cost: (x) => x, lazy: true })).toThrow(
      /^emdSample: expected a cost by name/,
    );
  });
});
