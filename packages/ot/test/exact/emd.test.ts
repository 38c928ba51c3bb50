import { ArgumentError, ShapeError, tensor } from "@x/tensor";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emd } from "../../src/exact/index";
import { cases } from "./cases";
import { sum, verify } from "./verify";

const transpose = (C: number[][]): number[][] =>
  (C[0] as number[]).map((_, j) => C.map((row) => row[j] as number));

/** The cost with rows and columns exchanged. */
const emdSwapped = (C: number[][]): number => emd(null, null, transpose(C)).cost;

const third = 1 / 3;

describe("emd", () => {
  it("finds the only optimal plan of a problem that can be solved by hand", () => {
    const a = [third, third, third];
    const C = [
      [5, 5],
      [2, 4],
      [4, 2],
    ];
    const result = emd(a, [0.5, 0.5], C);
    verify(a, [0.5, 0.5], C, result);
    // Sums of three thirds and halves round in the last bit.
    expect(result.cost).toBeCloseTo(3, 14);
    const dense = [1 / 6, 1 / 6, third, 0, 0, third];
    Array.from(result.plan.toDense().dataSync(), Number).forEach((p, k) => {
      expect(p).toBeCloseTo(dense[k] as number, 14);
    });
    expect(result.plan.toDense().shape).toEqual([3, 2]);
  });

  it("gives a plan and potentials that prove each other optimal, whatever the weights and costs", () => {
    fc.assert(
      fc.property(cases, ({ a, b, C }) => {
        verify(a, b, C, emd(a, b, C));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["many ties", (i: number, j: number) => (i * j) % 3],
    ["products, for which sorting is optimal", (i: number, j: number) => -(i + 1) * (j + 1)],
    ["points on two circles", (i: number, j: number) => 2 - 2 * Math.cos(i * i - 3 * j)],
    ["one cost for all", () => 7],
    ["differences about 10⁹", (i: number, j: number) => 1e9 + Math.sin(i * 13 + j * j)],
    [
      "forbidden pairs",
      (i: number, j: number) => (2 * i > 3 * j + 9 ? Infinity : (i * 7 + j * 3) % 11),
    ],
    [
      "a band",
      (i: number, j: number) => (Math.abs(2 * i - 3 * j) > 9 ? Infinity : Math.sin(i * j)),
    ],
  ])("proves optimal plans of larger problems: %s", (_kind, cost) => {
    const [n, m] = [90, 60];
    const C = Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_, j) => cost(i, j)));
    for (const share of [
      () => 1,
      (k: number) => 1 + (k % 4),
      (k: number) => Math.exp(Math.sin(k)),
    ]) {
      // The same masses on both sides, in blocks of three rows and two columns.
      const a = Array.from({ length: n }, (_, i) => share(Math.floor(i / 3)) / 3);
      const b = Array.from({ length: m }, (_, j) => share(Math.floor(j / 2)) / 2);
      verify(a, b, C, emd(a, b, C));
    }
    const most = Math.max(...C.flat().filter(Number.isFinite).map(Math.abs));
    expect(Math.abs(emd(null, null, C).cost - emdSwapped(C))).toBeLessThanOrEqual(1e-12 * most);
  });

  it("costs the same with rows and columns exchanged", () => {
    fc.assert(
      fc.property(cases, ({ a, b, C }) => {
        const scale = Math.max(...C.flat().map(Math.abs));
        const difference = emd(a, b, C).cost - emd(b, a, transpose(C)).cost;
        expect(Math.abs(difference)).toBeLessThanOrEqual(1e-11 * sum(a) * scale);
      }),
    );
  });

  it("exchanges the only optimal plan with rows and columns", () => {
    // Costs that are sums of different powers of two in no two ways: every optimum is unique.
    const C = [0, 1, 2].map((i) => [0, 1, 2, 3].map((j) => 2 ** (4 * i + j)));
    const [a, b] = [
      [3, 4, 5],
      [1, 2, 4, 5],
    ];
    const [plan, other] = [emd(a, b, C).plan, emd(b, a, transpose(C)).plan];
    expect([...plan.toDense().transpose().dataSync()]).toEqual([...other.toDense().dataSync()]);
  });

  it("moves a histogram by k bins at a cost of k", () => {
    const n = 40;
    const bins = Array.from({ length: n }, (_, i) => i);
    const C = bins.map((i) => bins.map((j) => Math.abs(i - j)));
    for (const k of [0, 1, 7, 20]) {
      const a = bins.map((i) => (i < 20 ? 1 + ((7 * i) % 5) : 0));
      const b = bins.map((j) => a[j - k] ?? 0);
      const result = emd(a, b, C);
      verify(a, b, C, result);
      expect(result.cost / sum(a)).toBeCloseTo(k, 12);
    }
  });

  it("takes uniform weights where none are given", () => {
    const C = [
      [0, 1],
      [1, 0],
      [1, 1],
    ];
    const result = emd(null, undefined, C);
    verify([third, third, third], [0.5, 0.5], C, result);
    expect(result.cost).toBeCloseTo(third, 14);
  });

  it("avoids forbidden pairs", () => {
    const C = [
      [Infinity, 1, 9],
      [0, Infinity, 9],
      [0, 0, Infinity],
    ];
    const result = emd([1, 1, 1], [1, 1, 1], C);
    verify([1, 1, 1], [1, 1, 1], C, result);
    expect(result.cost).toBe(9);
  });

  it("allows forbidden pairs that cut the problem into parts with equal sums", () => {
    // 0.1 + 0.2 and 0.3 differ in the last bit.
    const C = [
      [1, Infinity],
      [2, Infinity],
      [Infinity, 3],
    ];
    const [a, b] = [
      [0.1, 0.2, 0.7],
      [0.3, 0.7],
    ];
    const result = emd(a, b, C);
    verify(a, b, C, result);
    expect(result.cost).toBeCloseTo(2.6, 14);
  });

  it("names the mass that forbidden pairs leave no way for", () => {
    const C = [
      [1, Infinity, Infinity],
      [1, Infinity, Infinity],
      [1, 1, 1],
    ];
    expect(() => emd([0.5, 0.25, 0.25], [0.5, 0.25, 0.25], C)).toThrow(
      /^emd: no feasible plan: mass 0.25 of row \d cannot reach column \d;/,
    );
    expect(() => emd([0.5, 0.25, 0.25], [0.5, 0.25, 0.25], C)).toThrow(ArgumentError);
  });

  it("leaves points without weight out and gives them potentials that fit", () => {
    const C = [
      [1, 2, 3],
      [9, 9, 9],
      [3, 1, Infinity],
    ];
    const [a, b] = [
      [1, 0, 1],
      [0, 2, 0],
    ];
    const result = emd(a, b, C);
    verify(a, b, C, result);
    const [u, v] = [result.u, result.v].map((x) => [...x.dataSync()]) as [number[], number[]];
    // The c-transforms: as large as possible.
    expect(u[1]).toBeCloseTo(9 - (v[1] as number), 12);
    for (const j of [0, 2]) {
      const room = C.map((row, i) => (row[j] as number) - (u[i] as number));
      expect(v[j]).toBeCloseTo(Math.min(...room), 12);
    }
  });

  it("solves one-point measures", () => {
    verify([2], [2], [[-7]], emd([2], [2], [[-7]]));
    const result = emd([1], [0.25, 0.5, 0.25], [[1, 2, 4]]);
    verify([1], [0.25, 0.5, 0.25], [[1, 2, 4]], result);
    expect(result.cost).toBe(2.25);
  });

  it.each([
    [3, 4000],
    [4000, 3],
  ])("solves problems of very different sides, %i×%i", (n, m) => {
    const C = Array.from({ length: n }, (_, i) =>
      Array.from({ length: m }, (_, j) => (i * j * 31 + i + j) % 1009),
    );
    const weights = (k: number): number[] => {
      const w = Array.from({ length: k }, (_, i) => 1 + (i % 5));
      return w.map((x) => x / sum(w));
    };
    const [a, b] = [weights(n), weights(m)];
    const result = emd(a, b, C, { maxPivots: 1e6 });
    verify(a, b, C, result);
    const warm = emd(a, b, C, { potentialsInit: { u: result.u, v: result.v } });
    expect(warm.cost).toBeCloseTo(result.cost, 9);
    expect(warm.iterations).toBeLessThan(0.2 * result.iterations);
    const other = emd(a, b, C, { potentialsInit: { v: result.v } });
    expect(other.cost).toBeCloseTo(result.cost, 9);
  });

  it("solves problems with one very long side either way round", () => {
    const m = 31_000;
    const C = tensor(
      [0, 1].map((i) => Array.from({ length: m }, (_, j) => Math.sin(j * j + i * j))),
      { dtype: "f64" },
    );
    const [wide, tall] = [emd(null, null, C), emd(null, null, C.transpose())];
    expect(wide.converged).toBe(true);
    // Half of the columns go to each row: those with the largest differences.
    const [x, y] = [C.at(0).dataSync(), C.at(1).dataSync()] as [Float64Array, Float64Array];
    const gain = x
      .map((c, j) => (y[j] as number) - c)
      .sort()
      .subarray(0, m / 2);
    const cost = (sum([...x]) + sum([...gain])) / m;
    expect(wide.cost).toBeCloseTo(cost, 12);
    expect(tall.cost).toBeCloseTo(cost, 12);
  });

  it("names rows and columns as the caller does where it exchanges them", () => {
    const C = Array.from({ length: 9 }, (_, i) => [i === 4 ? Infinity : 0, i === 4 ? Infinity : 1]);
    expect(() => emd(null, null, C)).toThrow(
      /of row 4 cannot reach column|of column.* cannot reach row 4/,
    );
  });

  it("refuses what is not a transport problem", () => {
    const C = [
      [0, 1],
      [1, 0],
    ];
    expect(() => emd([1, 2, 3], null, C)).toThrow(ShapeError);
    expect(() => emd([0.5, 0.5], [0.5, 0.6], C)).toThrow(
      /^emd: expected a and b with the same sum/,
    );
    expect(() => emd([-0.5, 1.5], null, C)).toThrow(/^emd: expected weights ≥ 0/);
    expect(() => emd(null, null, [[Number.NaN]])).toThrow(ArgumentError);
    expect(() => emd(null, null, [[-Infinity]])).toThrow(ArgumentError);
    expect(() => emd(null, null, C, { maxPivots: 1.5 })).toThrow(/maxPivots/);
    expect(() => emd(null, null, C, { potentialsInit: { v: [1] } })).toThrow(ShapeError);
  });
});
