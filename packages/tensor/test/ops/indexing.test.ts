import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Index, Range } from "../../src/index";
import * as x from "../../src/index";
import { indexTensor, wrapped } from "../support/indices";
import { assertGrid, build, type Grid, get } from "../support/reference";
import { elements, indicesOf, samples, shapes } from "../support/views";

/** Positions that a Python slice of an axis of length n selects. */
function positions({ start, stop, step }: Range, n: number): number[] {
  const list: number[] = [];
  const clamp = (v: number): number =>
    v < 0 ? Math.max(v + n, step > 0 ? 0 : -1) : Math.min(v, step > 0 ? n : n - 1);
  const from = start === undefined ? (step > 0 ? 0 : n - 1) : clamp(start);
  const to = stop === undefined ? (step > 0 ? n : -1) : clamp(stop);
  for (let i = from; step > 0 ? i < to : i > to; i += step) list.push(i);
  return list;
}

const bound = fc.option(fc.integer({ min: -6, max: 6 }), { nil: undefined });
const ranges = fc
  .tuple(bound, bound, fc.constantFrom(1, 1, 2, 3, -1, -2))
  .map(([start, stop, step]) => x.range(start, stop, step));

type Basic = number | Range;

describe("at with integers and ranges", () => {
  it("selects what Python's slices select, in any layout and any mixture with null", () => {
    const cases = shapes(3).chain((shape) =>
      fc.record({
        sample: samples("i32", shape, elements("i32")),
        entries: fc.tuple(
          ...shape.map((d) =>
            d === 0
              ? ranges
              : fc.oneof(ranges, fc.integer({ min: -d, max: d - 1 }) as fc.Arbitrary<Basic>),
          ),
        ) as fc.Arbitrary<Basic[]>,
        nulls: fc.subarray([0, 1, 2, 3]),
      }),
    );
    fc.assert(
      fc.property(cases, ({ sample, entries, nulls }) => {
        const { shape } = sample.x;
        const grid = { shape, values: sample.values };
        const chosen = entries.map((e, axis) =>
          typeof e === "number" ? [e] : positions(e, shape[axis] as number),
        );
        const values = [...indicesOf(chosen.map((c) => c.length))].map((at) =>
          get(
            grid,
            at.map((i, axis) => wrapped(chosen[axis]?.[i] as number, shape[axis] as number)),
          ),
        );
        const index: Index[] = [];
        const to: number[] = [];
        entries.forEach((e, axis) => {
          if (nulls.includes(axis)) {
            index.push(null);
            to.push(1);
          }
          index.push(e);
          if (typeof e !== "number") to.push((chosen[axis] as number[]).length);
        });
        assertGrid(x.at(sample.x, ...index), { shape: to, values });
      }),
      { numRuns: 200 },
    );
  });

  it("does not copy: the result shares the tensor's storage", () => {
    const t = x.arange(24).reshape([2, 3, 4]);
    const part = t.at(1, x.range(undefined, undefined, -1), null, x.range(1));
    expect(part.concrete?.storage).toBe(t.concrete?.storage);
  });

  it('"..." stands for all axes that are not named, also for none', () => {
    const t = x.arange(24).reshape([2, 3, 4]);
    expect(t.at("...", 0).toArray()).toEqual(t.at(x.range(), x.range(), 0).toArray());
    expect(t.at(1, "...", 2).toArray()).toEqual([6 + 8, 10 + 8, 14 + 8]);
    expect(t.at(1, 2, "...", 3).item()).toBe(23);
  });

  it("refuses integers out of range, too many entries, two dots and wrong bounds", () => {
    const t = x.zeros([2, 3]);
    expect(() => t.at(0, 3)).toThrow(
      "at: index 3 is out of range for axis 1 of shape [2, 3]; expected an integer from -3 to 2",
    );
    expect(() => t.at(0.5)).toThrow(x.ShapeError);
    expect(() => t.at(0, 0, 0)).toThrow("at: expected at most 2 axes to be indexed");
    expect(() => t.at("...", "...")).toThrow(x.ShapeError);
    expect(() => t.at("all" as never)).toThrow("at: expected integers, range(), null");
    expect(() => x.range(0.5)).toThrow(x.ArgumentError);
    expect(() => x.range(0, 1, 0)).toThrow(
      "range: expected integer bounds and an integer step other than 0; got 0, 1, 0",
    );
  });
});

describe("at with index tensors", () => {
  it("two adjacent ones stand where the first was", () => {
    const cases = fc
      .record({
        shape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 4, maxLength: 4 }),
        rows: fc.integer({ min: 0, max: 3 }),
        columns: fc.integer({ min: 1, max: 2 }),
      })
      .chain(({ shape, rows, columns }) =>
        fc.record({
          t: samples("f64", shape, elements("f64")),
          i: indexTensor([rows, 1], shape[1] as number),
          j: indexTensor([columns], shape[2] as number),
        }),
      );
    fc.assert(
      fc.property(cases, ({ t, i, j }) => {
        const [a, b, c, d] = t.x.shape as [number, number, number, number];
        const [r, k] = [i.x.shape[0] as number, j.x.shape[0] as number];
        const grid: Grid = { shape: t.x.shape, values: t.values };
        const expected = build([a, r, k, d], ([p, q, s, u]) =>
          get(grid, [
            p as number,
            wrapped(i.values[q as number] as number, b),
            wrapped(j.values[s as number] as number, c),
            u as number,
          ]),
        );
        assertGrid(t.x.at(x.range(), i.x, j.x), expected);
      }),
      { numRuns: 50 },
    );
  });

  it("two that are not adjacent stand in front", () => {
    const cases = fc
      .array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 3 })
      .chain((shape) =>
        fc.record({
          t: samples("f64", shape, elements("f64")),
          i: indexTensor([2], shape[0] as number),
          j: indexTensor([3, 1], shape[2] as number),
        }),
      );
    fc.assert(
      fc.property(cases, ({ t, i, j }) => {
        const [a, b, c] = t.x.shape as [number, number, number];
        const grid: Grid = { shape: t.x.shape, values: t.values };
        const expected = build([3, 2, b], ([q, s, u]) =>
          get(grid, [
            wrapped(i.values[s as number] as number, a),
            u as number,
            wrapped(j.values[q as number] as number, c),
          ]),
        );
        assertGrid(t.x.at(i.x, x.range(), j.x), expected);
      }),
      { numRuns: 50 },
    );
  });

  it("two that are not adjacent stand in front also of axes before them", () => {
    const t = x.arange(2 * 3 * 2 * 4).reshape([2, 3, 2, 4]);
    const picked = t.at(x.range(), [2, 0, 1], x.range(), [3, 1, 2]);
    expect(picked.shape).toEqual([3, 2, 2]);
    expect(picked.at(0).toArray()).toEqual(t.at(x.range(), 2, x.range(), 3).toArray());
    expect(picked.at(1).toArray()).toEqual(t.at(x.range(), 0, x.range(), 1).toArray());
    // A new axis between them parts them, too.
    expect(t.at(x.range(), [1], null, [0, 1]).shape).toEqual([2, 2, 1, 4]);
  });

  it("an integer beside an index tensor drops its axis and moves nothing", () => {
    const t = x.arange(24).reshape([2, 3, 4]);
    expect(t.at(1, "...", [0, 3]).toArray()).toEqual([
      [12, 15],
      [16, 19],
      [20, 23],
    ]);
  });

  it("indices beyond the ends are clamped, of i32 and u32", () => {
    const t = x.tensor([10, 20, 30]);
    expect(t.at(x.tensor([5, -9, -1], { dtype: "i32" })).toArray()).toEqual([30, 10, 30]);
    expect(t.at(x.tensor([4e9, 1], { dtype: "u32" })).toArray()).toEqual([30, 20]);
  });

  it("indices beyond the ends are refused when they are written out", () => {
    const t = x.zeros([2, 3]);
    expect(() => t.at(x.range(), [[0, 3]])).toThrow(
      "at: index 3 is out of range for axis 1 of shape [2, 3]; expected an integer from -3 to 2",
    );
    expect(() => t.at(null, "...", [-4])).toThrow("at: index -4 is out of range for axis 1");
    expect(() => x.jit((y: x.Tensor) => y.at([5]))(t)).toThrow(x.ShapeError);
    // What stands in a list of tensors may be unknown.
    const row = x.jit((i: x.Tensor) => t.at([i]))(x.tensor(7, { dtype: "i32" }));
    expect(row.shape).toEqual([1, 3]);
  });

  it("whole numbers in lists stay exact above 2^24", () => {
    const length = 2 ** 24 + 2;
    const t = x.zeros([length], { dtype: "u8" });
    expect(t.at([length - 1]).shape).toEqual([1]);
    expect(x.oneHot([0], 1).shape).toEqual([1, 1]);
    const marked = x.concat([t, x.ones([1], { dtype: "u8" })]);
    expect(marked.take([length]).toArray()).toEqual([1]);
  });

  it("refuses floats, fractions and an axis without elements", () => {
    const t = x.zeros([2]);
    expect(() => t.at(x.tensor([0, 1]))).toThrow(
      "at: expected integer indices; got a tensor of f32 and shape [2]; cast it to i32",
    );
    expect(() => t.at([0.5])).toThrow("at: expected integer indices; got 0.5");
    expect(() => x.zeros([0, 2]).at([0])).toThrow("axis 0 has length 0");
    expect(x.zeros([0, 2]).at([]).shape).toEqual([0, 2]);
  });
});

describe("at with masks", () => {
  it("selects the true elements in C order, over one axis or several", () => {
    const cases = shapes(3).chain((shape) =>
      fc.nat(shape.length).chain((from) =>
        fc.nat(shape.length - from).chain((count) =>
          fc.record({
            t: samples("i32", shape, elements("i32")),
            from: fc.constant(from),
            mask: samples("bool", shape.slice(from, from + count), fc.constantFrom(0, 1)),
          }),
        ),
      ),
    );
    fc.assert(
      fc.property(cases, ({ t, from, mask }) => {
        const { shape } = t.x;
        const count = mask.x.rank;
        fc.pre(count > 0);
        const hits = [...indicesOf(mask.x.shape)].filter((_, i) => mask.values[i] !== 0);
        const grid: Grid = { shape, values: t.values };
        const to = [...shape.slice(0, from), hits.length, ...shape.slice(from + count)];
        const expected = build(to, (index) =>
          get(grid, [
            ...index.slice(0, from),
            ...(hits[index[from] as number] as number[]),
            ...index.slice(from + 1),
          ]),
        );
        assertGrid(t.x.at(...(new Array(from).fill(x.range()) as Index[]), mask.x), expected);
      }),
      { numRuns: 60 },
    );
  });

  it("refuses masks of another shape, scalars, and traced ones", () => {
    const t = x.zeros([2, 3]);
    expect(() => t.at([true, false, true])).toThrow(
      "at: expected a mask of the shape of the axes it selects from, [2]; got [3]",
    );
    expect(() => t.at(x.tensor(true))).toThrow("at: expected a mask with at least one axis");
    expect(() => x.jit((m: x.Tensor) => t.at(m))(x.ones([2], { dtype: "bool" }))).toThrow(
      "use where to keep the shape",
    );
  });

  it("nonZero gives the indices of every axis", () => {
    const [rows, columns] = x.nonZero([
      [0, 3, NaN],
      [1, 0, 0],
    ]) as [x.Tensor, x.Tensor];
    expect(rows.toArray()).toEqual([0, 0, 1]);
    expect(columns.toArray()).toEqual([1, 2, 0]);
    expect(x.nonZero(x.zeros([2, 0])).map((t) => t.shape)).toEqual([[0], [0]]);
  });
});
