import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as x from "../../src/index";
import { assertGrid, build, type Grid, get } from "../support/reference";
import { elements, samples, shapes } from "../support/views";

/** NaN above everything, also above infinity. */
const ascending = (a: number, b: number): number =>
  Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : a < b ? -1 : a > b ? 1 : 0;

/** Stable order of a row, in either direction. */
const orderOf = (row: readonly number[], descending: boolean): number[] =>
  row
    .map((_, i) => i)
    .sort((i, j) => (descending ? -1 : 1) * ascending(row[i] as number, row[j] as number) || i - j);

const dtypes = ["f64", "f32", "i32", "u32", "u8", "bool"] as const;

const cases = (dtype: x.DType) =>
  shapes(3, 5)
    .filter((s) => s.length > 0)
    .chain((shape) =>
      fc.record({
        t: samples(dtype, shape, elements(dtype)),
        axis: fc.nat(shape.length - 1),
        descending: fc.boolean(),
      }),
    );

const rowAt = (grid: Grid, index: readonly number[], axis: number): number[] =>
  Array.from({ length: grid.shape[axis] as number }, (_, i) =>
    get(
      grid,
      index.map((v, a) => (a === axis ? i : v)),
    ),
  );

describe("sort and argsort", () => {
  it.each(dtypes)(
    "order %s along any axis of any layout, stable in both directions, NaN at the end of ∞",
    (dtype) => {
      fc.assert(
        fc.property(cases(dtype), ({ t, axis, descending }) => {
          const grid = { shape: t.x.shape, values: t.values };
          const expected = build(grid.shape, (index) => {
            const row = rowAt(grid, index, axis);
            return orderOf(row, descending)[index[axis] as number] as number;
          });
          const order = x.argsort(t.x, axis, { descending });
          expect(order.dtype).toBe("i32");
          assertGrid(order, expected);
          const sorted = build(
            grid.shape,
            (index) => rowAt(grid, index, axis)[get(expected, index)] as number,
          );
          assertGrid(x.sort(t.x, axis, { descending }).cast("f64"), sorted);
        }),
        { numRuns: 25 },
      );
    },
  );

  it("a scalar is sorted already", () => {
    expect(x.sort(3).item()).toBe(3);
    expect(x.argsort(3).item()).toBe(0);
    expect(() => x.sort([1], 1)).toThrow(
      "sort: axis must be an integer from -1 to 0 for a tensor of rank 1; it is 1",
    );
  });
});

describe("topK", () => {
  it("is the head of the descending order, NaN first, the lower index first among equals", () => {
    for (const dtype of dtypes) {
      fc.assert(
        fc.property(cases(dtype), fc.nat(), ({ t }, n) => {
          const axis = t.x.rank - 1;
          const k = n % ((t.x.shape[axis] as number) + 1);
          const grid = { shape: t.x.shape, values: t.values };
          const to = [...grid.shape.slice(0, -1), k];
          const places = build(
            to,
            (index) => orderOf(rowAt(grid, index, axis), true)[index[axis] as number] as number,
          );
          const { values, indices } = x.topK(t.x, k);
          assertGrid(indices, places);
          assertGrid(
            values.cast("f64"),
            build(to, (index) => rowAt(grid, index, axis)[get(places, index)] as number),
          );
        }),
        { numRuns: 15 },
      );
    }
  });

  it("refuses a k that the axis cannot give", () => {
    for (const k of [4, -1, 1.5]) {
      expect(() => x.topK([1, 2, 3], k)).toThrow(
        `topK: expected an integer k from 0 to the length of the last axis; got k = ${k} for shape [3]`,
      );
    }
    expect(() => x.topK(1, 0)).toThrow(x.ArgumentError);
  });
});

describe("searchSorted", () => {
  it("counts the elements before each query, left or right of equal ones", () => {
    const cases = fc.record({
      row: fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 8 }),
      queries: shapes(2).chain((shape) => samples("f64", shape, elements("f64"))),
      side: fc.constantFrom("left" as const, "right" as const),
    });
    fc.assert(
      fc.property(cases, ({ row, queries, side }) => {
        const sorted = [...row].sort((a, b) => a - b);
        const count = (q: number): number =>
          sorted.filter((v) => ascending(v, q) < 0 || (side === "right" && ascending(v, q) === 0))
            .length;
        const expected = { shape: queries.x.shape, values: queries.values.map(count) };
        assertGrid(x.searchSorted(x.tensor(sorted, { dtype: "f64" }), queries.x, side), expected);
      }),
    );
  });

  it("searches in the row of its own, rows broadcasting", () => {
    expect(
      x
        .searchSorted(
          [
            [1, 3],
            [2, 4],
          ],
          [[2], [2]],
        )
        .toArray(),
    ).toEqual([[1], [0]]);
    expect(
      x
        .searchSorted(
          [[1, 3]],
          [
            [0, 2],
            [3, 9],
          ],
          "right",
        )
        .toArray(),
    ).toEqual([
      [0, 1],
      [2, 2],
    ]);
    expect(() => x.searchSorted(1, 2)).toThrow(
      "searchSorted: expected sorted rows [..., n]; got a scalar",
    );
    expect(() => x.searchSorted([[1], [2]], [[1], [2], [3]])).toThrow(
      "searchSorted: shapes [2] and [3] do not broadcast",
    );
  });
});

describe("unique", () => {
  it("gives values, counts, first places and the way back", () => {
    fc.assert(
      fc.property(
        shapes(2).chain((shape) => samples("f64", shape, elements("f64"))),
        ({ x: t, values }) => {
          const u = x.unique(t);
          const list = [...u.values.dataSync()];
          expect(list).toEqual([...list].sort(ascending));
          expect(new Set(list.map((v) => v + 0)).size).toBe(list.length);
          expect(u.counts.sum().item()).toBe(values.length);
          expect(u.inverse.shape).toEqual(t.shape);
          if (values.length > 0) assertGrid(u.values.take(u.inverse), { shape: t.shape, values });
          const first = list.map((v) =>
            values.findIndex((w) => w === v || (Number.isNaN(v) && Number.isNaN(w))),
          );
          expect([...u.indices.dataSync()]).toEqual(first);
        },
      ),
    );
  });

  it("cannot be traced, as the number of values is data", () => {
    expect(() => x.jit((t: x.Tensor) => x.unique(t).values)(x.zeros([2]))).toThrow(x.TraceError);
  });
});
