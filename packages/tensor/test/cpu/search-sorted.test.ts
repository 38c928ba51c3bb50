import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { searchSortedLowering } from "../../src/cpu/lower/search-sorted";
import { type DType, dtypes } from "../../src/dtype";
import { sizeOf } from "../../src/shape";
import {
  type Engine,
  engines,
  type Operand,
  operandOf,
  runLowering,
  valuesOf,
} from "./run-lowering";

type Side = "left" | "right";

const less = (a: number, b: number): boolean => a < b || (Number.isNaN(b) && !Number.isNaN(a));

/** By definition: how many elements are less than the query (left), or not greater (right). */
const place = (row: readonly number[], query: number, side: Side): number =>
  row.filter((value) => (side === "left" ? less(value, query) : !less(query, value))).length;

function search(
  engine: Engine,
  sorted: Operand,
  queries: Operand,
  side: Side,
  backwards = false,
): number[] {
  const outputs = [{ dtype: "i32" as const, shape: queries.shape }];
  return runLowering(
    engine,
    searchSortedLowering,
    [sorted, queries],
    outputs,
    { side },
    backwards,
  ).flat();
}

/** Rows in ascending order, NaN last. */
const sortedRows = (dtype: DType, batch: readonly number[], n: number): fc.Arbitrary<number[]> =>
  fc
    .tuple(...Array.from({ length: sizeOf(batch) }, () => valuesOf(dtype, n)))
    .map((rows) =>
      rows.flatMap((row) => row.sort((a, b) => (less(a, b) ? -1 : Number(less(b, a))))),
    );

const cases = (dtype: DType): fc.Arbitrary<{ sorted: Operand; queries: Operand }> =>
  fc
    .record({
      batch: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 2 }),
      n: fc.integer({ min: 0, max: 20 }),
      m: fc.integer({ min: 0, max: 9 }),
    })
    .chain(({ batch, n, m }) =>
      fc.record({
        sorted: operandOf(dtype, [...batch, n], sortedRows(dtype, batch, n)),
        queries: operandOf(dtype, [...batch, m]),
      }),
    );

describe.each(engines)("searchSorted in $name", (engine) => {
  it.each(dtypes)("counts the %s elements before each query, for any strides", (dtype) => {
    fc.assert(
      fc.property(cases(dtype), fc.boolean(), ({ sorted, queries }, backwards) => {
        const n = sorted.shape.at(-1) as number;
        const m = queries.shape.at(-1) as number;
        for (const side of ["left", "right"] as const) {
          const expected = queries.values.map((query, i) => {
            const r = Math.floor(i / m);
            return place(sorted.values.slice(r * n, (r + 1) * n), query, side);
          });
          expect(search(engine, sorted, queries, side, backwards)).toEqual(expected);
        }
      }),
      { numRuns: 80 },
    );
  });

  it("places NaN, infinities and both zeros as NumPy does", () => {
    const values = [-Infinity, -1, -0, 0, 2, Infinity, Infinity, NaN, NaN];
    const wanted = [NaN, Infinity, -Infinity, 0, -0, 1];
    for (const dtype of ["f32", "f64"] as const) {
      const sorted = { dtype, shape: [9], values };
      const queries = { dtype, shape: [6], values: wanted };
      expect(search(engine, sorted, queries, "left")).toEqual([7, 5, 0, 2, 2, 4]);
      expect(search(engine, sorted, queries, "right")).toEqual([9, 7, 1, 4, 4, 4]);
    }
  });

  it("finds every place in rows of every length, and cuts long queries into chunks", () => {
    for (const n of [...Array(18).keys(), 1000]) {
      const values = Array.from({ length: n }, (_, i) => 2 * i);
      const m = 2 * n + 3;
      const queries = Array.from({ length: m }, (_, i) => i - 2);
      const x = { dtype: "i32", shape: [n], values } as const;
      const q = { dtype: "i32", shape: [m], values: queries } as const;
      const inside = (place: number): number => Math.min(Math.max(place, 0), n);
      expect(search(engine, x, q, "left")).toEqual(queries.map((v) => inside(Math.ceil(v / 2))));
      expect(search(engine, x, q, "right")).toEqual(
        queries.map((v) => inside(Math.floor(v / 2) + 1)),
      );
    }
    const many = Array.from({ length: 30_000 }, (_, i) => i % 101);
    const sorted = { dtype: "u8", shape: [3], values: [10, 20, 30] } as const;
    const queries = { dtype: "u8", shape: [30_000], values: many } as const;
    expect(search(engine, sorted, queries, "left", true)).toEqual(
      many.map((v) => place([10, 20, 30], v, "left")),
    );
  });

  it("reads a broadcast row of sorted values for every row of queries", () => {
    const sorted: Operand = {
      dtype: "f32",
      shape: [3, 4],
      values: [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4],
      broadcast: [true, false],
    };
    const queries = { dtype: "f32", shape: [3, 2], values: [0, 2, 2.5, 4, 5, 1] } as const;
    expect(search(engine, sorted, queries, "right")).toEqual([0, 2, 2, 4, 4, 1]);
  });
});
