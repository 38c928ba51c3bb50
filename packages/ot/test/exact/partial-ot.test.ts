import { ArgumentError, ShapeError } from "@x/tensor";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emd, type PartialOTResult, partialOT } from "../../src/exact/index";
import golden from "../golden/exact.json";
import { cases } from "./cases";
import { dot, type Rows, sum } from "./verify";

/** Checks a partial plan by the proof it carries; see `verify`. */
function verifyPartial(
  a: number[],
  b: number[],
  C: Rows,
  mass: number,
  result: PartialOTResult,
): void {
  const [sumA, sumB] = [sum(a), sum(b)];
  const scale = Math.max(...C.flat().filter(Number.isFinite).map(Math.abs), Number.MIN_VALUE);
  const { rows, columns, values } = result.plan;
  const [left, right] = [a.map(() => 0), b.map(() => 0)];
  values.forEach((p, k) => {
    left[rows[k] as number] = (left[rows[k] as number] as number) + p;
    right[columns[k] as number] = (right[columns[k] as number] as number) + p;
  });
  const whole = Math.max(sumA, sumB);
  a.forEach((w, i) => {
    expect(left[i]).toBeLessThanOrEqual(w + 1e-13 * whole);
  });
  b.forEach((w, j) => {
    expect(right[j]).toBeLessThanOrEqual(w + 1e-13 * whole);
  });
  expect(Math.abs(sum([...values]) - mass)).toBeLessThanOrEqual(1e-13 * whole);
  const [u, v] = [result.u, result.v].map((x) => Array.from(x.dataSync(), Number)) as [
    number[],
    number[],
  ];
  expect(Math.max(...u, ...v)).toBeLessThanOrEqual(0);
  const room = C.flatMap((row, i) =>
    row.map((c, j) => c - (u[i] as number) - (v[j] as number) - result.price),
  );
  expect(Math.min(...room)).toBeGreaterThanOrEqual(-1e-10 * scale);
  const dual = dot(a, u) + dot(b, v) + result.price * mass;
  expect(Math.abs(dual - result.cost)).toBeLessThanOrEqual(1e-10 * scale * whole);
}

describe("partialOT", () => {
  it.each([
    [0.3, 0],
    [0.5, 0.1],
    [0.8, 1],
    [1, 1.6],
  ])("transports mass %f of an example at the least cost, %f", (mass, cost) => {
    const [a, b, C] = [
      [0.4, 0.6],
      [0.5, 0.5],
      [
        [0, 2],
        [1, 3],
      ],
    ];
    const result = partialOT(a, b, C, { mass });
    expect(result.cost).toBeCloseTo(cost, 13);
    verifyPartial(a, b, C, mass, result);
  });

  it.each(golden.partial)("agrees with POT", ({ a, b, C, mass, cost }) => {
    const result = partialOT(a, b, C, { mass });
    expect(result.cost).toBeCloseTo(cost, 12);
    verifyPartial(a, b, C, mass, result);
  });

  it("gives a plan and potentials that prove each other optimal", () => {
    fc.assert(
      fc.property(
        cases,
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 3 }),
        ({ a, b, C }, k, times) => {
          const more = a.map((w) => times * w);
          const mass = (k / 8) * sum(b);
          verifyPartial(more, b, C, mass, partialOT(more, b, C, { mass }));
        },
      ),
    );
  });

  it("is transport if all the mass is asked for", () => {
    fc.assert(
      fc.property(cases, ({ a, b, C }) => {
        const scale = Math.max(...C.flat().map(Math.abs)) * sum(a);
        const partial = partialOT(a, b, C, { mass: sum(a) });
        expect(Math.abs(partial.cost - emd(a, b, C).cost)).toBeLessThanOrEqual(1e-11 * scale);
      }),
    );
  });

  it("costs a convex function of the mass, that grows where costs are positive", () => {
    fc.assert(
      fc.property(cases, ({ a, b, C }) => {
        const positive = C.map((row) => row.map(Math.abs));
        const whole = sum(a);
        const costs = [1, 2, 3, 4, 5].map(
          (k) => partialOT(a, b, positive, { mass: (k / 5) * whole }).cost,
        );
        const tolerance = 1e-10 * whole * Math.max(...positive.flat());
        const slopes = [0, ...costs].slice(0, -1).map((c, k) => (costs[k] as number) - c);
        slopes.forEach((s, k) => {
          expect(s).toBeGreaterThanOrEqual((slopes[k - 1] ?? 0) - tolerance);
        });
      }),
    );
  });

  it("leaves forbidden pairs out", () => {
    const C = [
      [Infinity, 1],
      [Infinity, 2],
    ];
    expect(partialOT([1, 1], [1, 1], C, { mass: 1 }).cost).toBe(1);
    expect(() => partialOT([1, 1], [1, 1], C, { mass: 1.5 })).toThrow(/no feasible plan/);
  });

  it("refuses masses that are not there", () => {
    for (const mass of [0, -1, 1.01, Number.NaN])
      expect(() => partialOT([1], [2], [[0]], { mass })).toThrow(
        /^partialOT: expected a mass > 0 and at most/,
      );
    expect(() => partialOT([1, 1], [2], [[0]], { mass: 1 })).toThrow(ShapeError);
    expect(() => partialOT([-1], [2], [[0]], { mass: 1 })).toThrow(ArgumentError);
  });
});
