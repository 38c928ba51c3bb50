import { ArgumentError } from "@x/tensor";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AssignResult, assign, emd } from "../../src/exact/index";
import golden from "../golden/exact.json";
import { squares } from "./cases";
import { type Rows, sum } from "./verify";

const list = (x: AssignResult["u"]): number[] => Array.from(x.dataSync(), Number);

/** Checks an assignment by the proof it carries: different columns, potentials that bound every cost, equal values. */
function verifyAssignment(C: Rows, result: AssignResult, sign = 1): void {
  const [n, m] = [C.length, (C[0] as number[]).length];
  const scale = Math.max(...C.flat().filter(Number.isFinite).map(Math.abs));
  const chosen = [...result.rowToCol].flatMap((j, i) => (j < 0 ? [] : [[i, j] as const]));
  expect(result.rowToCol.length).toBe(n);
  expect(chosen.length).toBe(Math.min(n, m));
  expect(new Set(chosen.map(([, j]) => j)).size).toBe(chosen.length);
  const cost = sum(chosen.map(([i, j]) => C[i]?.[j] as number));
  expect(Math.abs(result.cost - cost)).toBeLessThanOrEqual(1e-14 * scale * n);
  const [u, v] = [list(result.u), list(result.v)];
  const room = C.map((row, i) =>
    row.map((c, j) => sign * (c - (u[i] as number) - (v[j] as number))),
  );
  // Potentials are sums of at most n + m costs, each rounded.
  expect(Math.min(...room.flat().filter((r) => !Number.isNaN(r)))).toBeGreaterThanOrEqual(
    -1e-13 * scale,
  );
  expect(Math.abs(sum(u) + sum(v) - result.cost)).toBeLessThanOrEqual(1e-13 * scale * n);
  // Rows and columns that are left over are free.
  if (n > m) expect(Math.max(...u.map((x) => sign * x))).toBeLessThanOrEqual(0);
  if (m > n) expect(Math.max(...v.map((x) => sign * x))).toBeLessThanOrEqual(0);
}

/** Least cost by trying everything. */
function bruteForce(C: Rows, row = 0, used = 0): number {
  if (row === C.length) return 0;
  let best = Infinity;
  (C[row] as number[]).forEach((c, j) => {
    if (used & (1 << j)) return;
    best = Math.min(best, c + bruteForce(C, row + 1, used | (1 << j)));
  });
  return best;
}

describe("assign", () => {
  it("solves the textbook problem", () => {
    const C = [
      [4, 1, 3],
      [2, 0, 5],
      [3, 2, 2],
    ];
    const result = assign(C);
    expect([...result.rowToCol]).toEqual([1, 0, 2]);
    expect(result.cost).toBe(5);
    verifyAssignment(C, result);
  });

  it.each(golden.assignment)(
    "agrees with SciPy on whole costs, to the last digit",
    ({ C, min, max }) => {
      expect(assign(C).cost).toBe(min);
      expect(assign(C, { maximize: true }).cost).toBe(max);
    },
  );

  it("finds what trying every assignment finds, with potentials that prove it", () => {
    const rectangles = fc
      .tuple(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 1, max: 60 }),
      )
      .chain(([n, more, most]) => {
        const row = fc.array(fc.integer({ min: -most, max: most }), {
          minLength: n + more,
          maxLength: n + more,
        });
        return fc.array(row, { minLength: n, maxLength: n });
      });
    fc.assert(
      fc.property(rectangles, (C) => {
        const result = assign(C);
        verifyAssignment(C, result);
        expect(result.cost).toBe(bruteForce(C));
        const negated = C.map((row) => row.map((c) => -c));
        const most = assign(negated, { maximize: true });
        verifyAssignment(negated, most, -1);
        expect(most.cost + result.cost).toBe(0);
        const transposed = (C[0] as number[]).map((_, j) => C.map((r) => r[j] as number));
        const other = assign(transposed);
        verifyAssignment(transposed, other);
        expect(other.cost).toBe(result.cost);
      }),
    );
  });

  it("costs as much as transport between uniform weights", () => {
    fc.assert(
      fc.property(squares, (C) => {
        const scale = Math.max(...C.flat().map(Math.abs));
        const result = assign(C);
        verifyAssignment(C, result);
        const transport = emd(null, null, C).cost * C.length;
        expect(Math.abs(result.cost - transport)).toBeLessThanOrEqual(1e-11 * scale * C.length);
      }),
    );
  });

  it("recovers a permutation", () => {
    const n = 97;
    const C = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => (j === (31 * i + 5) % n ? 0 : 1 + ((i * j) % 7))),
    );
    const result = assign(C);
    expect([...result.rowToCol]).toEqual(C.map((_, i) => (31 * i + 5) % n));
    expect(result.cost).toBe(0);
    verifyAssignment(C, result);
  });

  it("solves larger problems of many kinds", () => {
    const n = 150;
    const make = (cost: (i: number, j: number) => number): number[][] =>
      Array.from({ length: n }, (_, i) => Array.from({ length: n + 1 }, (_, j) => cost(i, j)));
    const wide = [
      make((i, j) => Math.abs(Math.sin(i * i + 7 * j * j * i))),
      make((i, j) => (i + 1) * (j + 1)),
      make((i, j) => (i * j) % 3),
      make((i, j) => (Math.sin(i) - Math.cos(j)) ** 2),
      make((i, j) => (j > i + 1 ? Infinity : (i * 7 + j * 3) % 11)),
    ];
    for (const C of wide) {
      verifyAssignment(C, assign(C));
      const square = C.map((row) => row.slice(0, n));
      verifyAssignment(square, assign(square));
    }
  });

  it("avoids forbidden pairs, also when it maximizes", () => {
    const C = [
      [Infinity, 1, 9],
      [0, Infinity, 9],
      [0, 0, Infinity],
    ];
    const least = assign(C);
    expect(least.cost).toBe(9);
    verifyAssignment(C, least);
    const most = assign(C, { maximize: true });
    expect(most.cost).toBe(10);
    expect([...most.rowToCol]).toEqual([1, 2, 0]);
  });

  it("names what cannot be matched", () => {
    expect(() =>
      assign([
        [Infinity, Infinity],
        [0, 0],
      ]),
    ).toThrow(/^assign: no feasible assignment: row 0 cannot/);
    expect(() =>
      assign([
        [Infinity, 0],
        [Infinity, 0],
      ]),
    ).toThrow(/column 0 cannot/);
    // Two rows share one column.
    expect(() =>
      assign([
        [0, Infinity, Infinity],
        [0, Infinity, Infinity],
        [1, 1, 1],
      ]),
    ).toThrow(ArgumentError);
    expect(() =>
      assign([
        [0, Infinity, Infinity, Infinity],
        [0, Infinity, Infinity, Infinity],
      ]),
    ).toThrow(/row \d cannot/);
    expect(() =>
      assign([
        [0, 0],
        [Infinity, Infinity],
        [Infinity, Infinity],
      ]),
    ).toThrow(/column \d cannot/);
    expect(() => assign([[Number.NaN]])).toThrow(ArgumentError);
  });
});
