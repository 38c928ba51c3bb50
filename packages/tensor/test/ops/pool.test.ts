import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Tensor } from "../../src/index";
import * as x from "../../src/index";
import { assertClose } from "../../src/testing";
import { assertGrid, build, type Grid, get } from "../support/reference";
import { indicesOf, samples } from "../support/views";

const upTo = (n: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: n });

interface Axis {
  readonly input: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

describe("pooling", () => {
  const pools = {
    max: [x.maxPool1d, x.maxPool2d, x.maxPool3d],
    avg: [x.avgPool1d, x.avgPool2d, x.avgPool3d],
  } as const;

  const windows = fc
    .record({
      axes: fc.array(
        fc.record({
          input: upTo(5),
          window: upTo(3),
          stride: upTo(3),
          dilation: upTo(2),
          before: fc.nat(1),
          after: fc.nat(1),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      lead: fc.array(fc.nat(2), { maxLength: 2 }),
    })
    .map(({ axes, lead }) => ({
      lead,
      // Padding of less than a window, and none between the taps of a dilated one.
      axes: axes.map((a) => (a.window === 1 || a.dilation > 1 ? { ...a, before: 0, after: 0 } : a)),
    }))
    .chain(({ axes, lead }) =>
      fc.record({
        axes: fc.constant(axes),
        t: samples(
          "f64",
          [...lead, ...axes.map((a) => a.input)],
          fc.constantFrom(-2, 0, 1, 3.5, NaN),
        ),
      }),
    );

  /** Elements of the window at an output index. */
  const elementsOf = (grid: Grid, axes: Axis[], index: number[]): number[] => {
    const lead = index.slice(0, index.length - axes.length);
    const at = index.slice(index.length - axes.length);
    return [...indicesOf(axes.map((a) => a.window))].flatMap((tap) => {
      const place = axes.map(
        (a, i) => (at[i] as number) * a.stride - a.before + (tap[i] as number) * a.dilation,
      );
      const inside = place.every((v, i) => v >= 0 && v < (axes[i] as Axis).input);
      return inside ? [get(grid, [...lead, ...place])] : [];
    });
  };

  it("takes the maximum (NaN above all) or the mean of the elements in each window", () => {
    fc.assert(
      fc.property(windows, ({ axes, t }) => {
        const grid = { shape: t.x.shape, values: t.values };
        const options: x.PoolOptions = {
          window: axes.map((a) => a.window),
          strides: axes.map((a) => a.stride),
          dilation: axes.map((a) => a.dilation),
          padding: axes.map((a): [number, number] => [a.before, a.after]),
        };
        const spatial = axes.map((a) =>
          Math.max(
            0,
            Math.floor(
              (a.input + a.before + a.after - (a.window - 1) * a.dilation - 1) / a.stride,
            ) + 1,
          ),
        );
        const to = [...t.x.shape.slice(0, -axes.length), ...spatial];
        const at = axes.length - 1;
        assertGrid(
          (pools.max[at] as typeof x.maxPool1d)(t.x, options),
          build(to, (i) => Math.max(...elementsOf(grid, axes, i))),
        );
        const mean = (list: number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
        const tolerance = { relative: 1e-14, absolute: 1e-14 };
        assertGrid(
          (pools.avg[at] as typeof x.avgPool1d)(t.x, options),
          build(to, (i) => mean(elementsOf(grid, axes, i))),
          tolerance,
        );
        const count = axes.reduce((p, a) => p * a.window, 1);
        assertGrid(
          (pools.avg[at] as typeof x.avgPool1d)(t.x, { ...options, countPadding: true }),
          build(to, (i) => elementsOf(grid, axes, i).reduce((a, b) => a + b, 0) / count),
          tolerance,
        );
      }),
      { numRuns: 120 },
    );
  });

  it("strides are the window by default", () => {
    const t = x.tensor([[1, 5, 2, 3, 9]]);
    expect(x.maxPool1d(t, { window: 2 }).toArray()).toEqual([[5, 3]]);
    expect(x.avgPool1d(t, { window: 2 }).toArray()).toEqual([[3, 2.5]]);
    expect(x.maxPool1d(x.tensor([3, 1], { dtype: "i32" }), { window: 2 }).dtype).toBe("i32");
  });

  it("the first of equal maxima gets the gradient", () => {
    const t = x.tensor([2, 2, 1, 1], { dtype: "f64" });
    const f = (y: Tensor): Tensor => x.maxPool1d(y, { window: 2 }).sum();
    assertClose(x.grad(f)(t), [1, 0, 1, 0]);
  });

  it("refuses windows that could hold no element", () => {
    expect(() => x.maxPool1d(x.zeros([3]), { window: 2, padding: 2 })).toThrow(
      "maxPool1d: padding must be smaller than the window; axis 0 has padding [2,2] and a window of 2",
    );
    expect(() => x.avgPool1d(x.zeros([1]), { window: 2, dilation: 2, padding: 1 })).toThrow(
      "avgPool1d: expected an element in every window; along axis 0 of length 1 a window of 2 with dilation 2 meets padding alone",
    );
    expect(() => x.maxPool2d(x.zeros([3]), { window: 2 })).toThrow(
      "maxPool2d: expected at least 2 axes, the last 2 of them spatial; got [3]",
    );
    expect(() => x.maxPool1d(x.zeros([3]), { window: [1, 2] })).toThrow(
      "maxPool1d: window must be a positive integer or 1 of them; got [1,2]",
    );
  });
});
