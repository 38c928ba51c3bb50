import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Tensor } from "../../src/index";
import * as x from "../../src/index";
import { assertClose } from "../../src/testing";
import { assertGrid, build, type Grid, get } from "../support/reference";
import { elements, indicesOf, samples, shapes, wholes } from "../support/views";

/** A sample of a dtype with some axes to reduce over, and whether they stay. */
const cases = (dtype: x.DType, element = wholes(dtype)) =>
  shapes(3).chain((shape) =>
    fc.record({
      sample: samples(dtype, shape, element),
      axes: fc.subarray([...shape.keys()]),
      keepDims: fc.boolean(),
    }),
  );

/** Folds the elements over axes in C order. */
function fold(
  grid: Grid,
  axes: readonly number[],
  keepDims: boolean,
  f: (list: number[]) => number,
): Grid {
  const { shape } = grid;
  const inner = axes.map((a) => shape[a] as number);
  const kept = shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const outer = build(
    kept.map((i) => shape[i] as number),
    (index) => {
      const list = [...indicesOf(inner)].map((at) => {
        const full = shape.map(() => 0);
        axes.forEach((a, i) => {
          full[a] = at[i] as number;
        });
        kept.forEach((a, i) => {
          full[a] = index[i] as number;
        });
        return get(grid, full);
      });
      return f(list);
    },
  );
  if (!keepDims) return outer;
  return { ...outer, shape: shape.map((d, i) => (axes.includes(i) ? 1 : d)) };
}

const total = (list: number[]): number => list.reduce((a, b) => a + b, 0);
const mean = (list: number[]): number => total(list) / list.length;

type Reduction = (t: Tensor, axes: number[], options: x.ReduceOptions) => Tensor;

describe("reductions", () => {
  const exact: [string, Reduction, (list: number[]) => number][] = [
    ["sum", x.sum, total],
    ["prod", x.prod, (list) => list.reduce((a, b) => a * b, 1)],
    ["any", x.any, (list) => Number(list.some((v) => v !== 0))],
    ["all", x.all, (list) => Number(list.every((v) => v !== 0))],
    ["mean", x.mean, mean],
    ["variance", x.variance, (list) => mean(list.map((v) => (v - mean(list)) ** 2))],
    ["logSumExp", x.logSumExp, (list) => Math.log(total(list.map(Math.exp)))],
    ["norm", x.norm, (list) => Math.hypot(...list)],
  ];

  it.each(exact)("%s joins elements of any layout over any axes, also none", (_, f, reference) => {
    fc.assert(
      fc.property(cases("f64"), ({ sample, axes, keepDims }) => {
        const grid = { shape: sample.x.shape, values: sample.values };
        const tolerance = { relative: 1e-14, absolute: 1e-14 };
        assertGrid(
          f(sample.x, axes, { keepDims }),
          fold(grid, axes, keepDims, reference),
          tolerance,
        );
      }),
      { numRuns: 60 },
    );
  });

  const extrema: [string, Reduction, (...list: number[]) => number][] = [
    ["max", x.max, Math.max],
    ["min", x.min, Math.min],
  ];

  it.each(extrema)("%s finds the extremum, NaN above all, in every dtype", (_, f, reference) => {
    for (const dtype of ["f64", "f32", "i32", "u32", "u8", "bool"] as const) {
      fc.assert(
        fc.property(cases(dtype, elements(dtype)), ({ sample, axes, keepDims }) => {
          fc.pre(axes.every((a) => sample.x.shape[a] !== 0));
          const grid = { shape: sample.x.shape, values: sample.values };
          const actual = f(sample.x, axes, { keepDims });
          expect(actual.dtype).toBe(dtype);
          assertGrid(
            actual.cast("f64"),
            fold(grid, axes, keepDims, (list) => reference(...list)),
          );
        }),
        { numRuns: 12 },
      );
    }
  });

  it.each([
    ["argmax", x.argmax, (a: number, b: number) => a > b],
    ["argmin", x.argmin, (a: number, b: number) => a < b],
  ] as const)("%s finds the first extremum, the first NaN above all", (_, f, better) => {
    const wins = (a: number, b: number): boolean =>
      Number.isNaN(b) ? false : Number.isNaN(a) || better(a, b);
    const first = (list: number[]): number =>
      list.reduce((best, v, i) => (wins(v, list[best] as number) ? i : best), 0);
    for (const dtype of ["f64", "i32", "u8"] as const) {
      fc.assert(
        fc.property(cases(dtype, elements(dtype)), fc.nat(), ({ sample, keepDims }, n) => {
          const { shape } = sample.x;
          fc.pre(shape.length > 0 && !shape.includes(0));
          const axis = n % shape.length;
          const grid = { shape, values: sample.values };
          assertGrid(f(sample.x, axis, { keepDims }), fold(grid, [axis], keepDims, first));
          expect(f(sample.x).item()).toBe(first([...sample.values]));
        }),
        { numRuns: 15 },
      );
    }
  });

  it("sums of bool, u8 and integers are i32 and wrap round", () => {
    expect(x.sum(x.ones([300], { dtype: "bool" })).toArray()).toBe(300);
    expect(x.sum(x.full([300], 200, { dtype: "u8" })).toArray()).toBe(60000);
    expect(x.sum(x.full([2], 2 ** 31 - 1, { dtype: "i32" })).toArray()).toBe(-2);
    expect(x.prod(x.full([3], 100, { dtype: "u8" })).dtype).toBe("i32");
  });

  it("a sum of a million f32 loses but the last of six digits", () => {
    // Added one after the other they would be off by 1e-2; partial sums leave roundings of 2^-24 each.
    expect(Math.abs(x.full([1_000_000], 0.1).sum().item() / 1e5 - 1)).toBeLessThan(2e-6);
  });

  it("means and variances of nothing are NaN, sums 0, products 1", () => {
    const nothing = x.zeros([2, 0]);
    expect(x.mean(nothing, 1).toArray()).toEqual([NaN, NaN]);
    expect(x.variance(nothing).item()).toBeNaN();
    expect(x.sum(nothing, 0).shape).toEqual([0]);
    expect(x.prod(nothing, 1).toArray()).toEqual([1, 1]);
    expect(x.any(nothing, 1).toArray()).toEqual([false, false]);
    expect(x.all(nothing, 1).toArray()).toEqual([true, true]);
    expect(x.logSumExp(nothing, 1).toArray()).toEqual([-Infinity, -Infinity]);
  });

  it("a constant has its own mean and no variance, exactly", () => {
    const t = x.full([49], 0.1, { dtype: "f32" });
    expect(x.mean(x.full([7], 3)).item()).toBe(3);
    expect(x.std(t).item()).toBeLessThan(1e-7);
  });

  it("logSumExp neither overflows nor underflows", () => {
    assertClose(x.logSumExp([1000, 1000]), 1000 + Math.LN2);
    assertClose(x.logSumExp([-1000, -1000]), -1000 + Math.LN2);
    expect(x.logSumExp([-Infinity, -Infinity]).item()).toBe(-Infinity);
    expect(x.logSumExp([Infinity, 0]).item()).toBe(Infinity);
    expect(x.logSumExp([NaN, Infinity]).item()).toBeNaN();
  });

  it("softmax sums to 1 and logSoftmax is its logarithm, at any size of the logits", () => {
    const t = x.tensor(
      [
        [1000, 1001],
        [-1000, -1003],
        [0, 0],
      ],
      { dtype: "f64" },
    );
    assertClose(t.softmax().sum(1), [1, 1, 1]);
    assertClose(t.softmax().log(), t.logSoftmax());
    assertClose(t.softmax(0).sum(0), [1, 1]);
    expect(x.softmax(x.zeros([2, 0])).shape).toEqual([2, 0]);
  });

  it("norms of order 1, 2, p and Infinity", () => {
    const t = x.tensor([3, -4], { dtype: "f64" });
    expect(x.norm(t).item()).toBe(5);
    expect(x.norm(t, 0, { p: 1 }).item()).toBe(7);
    expect(x.norm(t, 0, { p: Infinity }).item()).toBe(4);
    expect(x.norm(t, 0, { p: 3, keepDims: true }).toArray()).toEqual([Math.cbrt(27 + 64)]);
  });
});

describe("running reductions", () => {
  const kinds: [string, typeof x.cumsum, (a: number, b: number) => number][] = [
    ["cumsum", x.cumsum, (a, b) => a + b],
    ["cumprod", x.cumprod, (a, b) => a * b],
    ["cummax", x.cummax, Math.max],
    ["cummin", x.cummin, Math.min],
  ];

  it.each(kinds)("%s follows any axis of any layout, in both directions", (_, f, step) => {
    for (const dtype of ["f64", "i32"] as const) {
      fc.assert(
        fc.property(cases(dtype), fc.nat(), fc.boolean(), ({ sample }, n, reverse) => {
          const { shape } = sample.x;
          fc.pre(shape.length > 0);
          const axis = n % shape.length;
          const grid = { shape, values: sample.values };
          const expected = build(shape, (index) => {
            const here = index[axis] as number;
            const length = shape[axis] as number;
            const path = reverse
              ? Array.from({ length: length - here }, (_, i) => length - 1 - i)
              : Array.from({ length: here + 1 }, (_, i) => i);
            const list = path.map((i) =>
              get(
                grid,
                index.map((v, a) => (a === axis ? i : v)),
              ),
            );
            return list.slice(1).reduce((a, b) => step(a, b), list[0] as number);
          });
          assertGrid(f(sample.x, axis, { reverse }), expected);
        }),
        { numRuns: 20 },
      );
    }
  });

  it("linearRecurrence is a weighted sum of what came before", () => {
    const y = x.linearRecurrence(0.5, x.tensor([1, 1, 1, 1]));
    expect(y.toArray()).toEqual([1, 1.5, 1.75, 1.875]);
    const back = x.linearRecurrence(
      [2, 2, 2],
      [
        [1, 0, 0],
        [0, 0, 1],
      ],
      1,
      { reverse: true },
    );
    expect(back.toArray()).toEqual([
      [1, 0, 0],
      [4, 2, 1],
    ]);
  });
});

describe("quantiles", () => {
  it("agree over any layout and axes with sorting by hand", () => {
    fc.assert(
      fc.property(
        cases("f64", fc.integer({ min: -50, max: 50 })),
        fc.double({ min: 0, max: 1, noNaN: true }),
        ({ sample, axes, keepDims }, q) => {
          fc.pre(axes.every((a) => sample.x.shape[a] !== 0));
          const reference = (list: number[]): number => {
            const sorted = [...list].sort((a, b) => a - b);
            const at = q * (sorted.length - 1);
            const [low, high] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number];
            return low + (high - low) * (at - Math.floor(at));
          };
          const grid = { shape: sample.x.shape, values: sample.values };
          assertGrid(
            x.quantile(sample.x, q, axes, { keepDims }),
            fold(grid, axes, keepDims, reference),
            { relative: 1e-12, absolute: 1e-12 },
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it("beside an infinity an element is itself, and between them lies an infinity", () => {
    expect(x.quantile([1, 2, Infinity], [0.5, 0.75, 1]).toArray()).toEqual([2, Infinity, Infinity]);
    expect(x.median([-Infinity, -Infinity, 0]).item()).toBe(-Infinity);
  });

  it("NaN spoils its row alone", () => {
    expect(
      x
        .median(
          [
            [1, NaN],
            [1, 3],
          ],
          1,
        )
        .toArray(),
    ).toEqual([NaN, 2]);
  });
});
