import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as x from "../../src/index";
import { hasAxes, inputs, put } from "../support/inputs";
import { assertGrid, build, get } from "../support/reference";
import { elements, samples, shapes } from "../support/views";

describe("joining and cutting", () => {
  it("split undoes concat, for any axis, lengths and layouts", () => {
    const cases = shapes(3)
      .filter(hasAxes)
      .chain((shape) =>
        fc.nat(shape.length - 1).chain((axis) =>
          fc.record({
            axis: fc.constant(axis),
            parts: fc
              .array(fc.nat(3), { minLength: 1, maxLength: 4 })
              .chain((lengths) =>
                fc.tuple(
                  ...lengths.map((n) => samples("f64", put(shape, axis, n), elements("f64"))),
                ),
              ),
          }),
        ),
      );
    fc.assert(
      fc.property(cases, ({ axis, parts }) => {
        const lengths = parts.map(({ x: t }) => t.shape[axis] as number);
        const joined = x.concat(
          parts.map(({ x: t }) => t),
          axis,
        );
        const back = joined.split(lengths, axis);
        parts.forEach(({ x: t, values }, i) => {
          assertGrid(back[i] as x.Tensor, { shape: t.shape, values });
        });
      }),
    );
  });

  it("concat and stack unify dtypes", () => {
    expect(x.concat([x.ones([1], { dtype: "u8" }), x.ones([1])]).dtype).toBe("f32");
    expect(x.concat([x.ones([1], { dtype: "u8" }), [2]]).dtype).toBe("u8");
    expect(x.concat([x.ones([1], { dtype: "u8" }), [0.5]]).dtype).toBe("f32");
    expect(x.stack([1, 2]).toArray()).toEqual([1, 2]);
    expect(x.stack([x.zeros([2]), x.ones([2])], -1).toArray()).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it("refuse what does not fit", () => {
    expect(() => x.concat([])).toThrow("concat: expected at least one tensor; got none");
    expect(() => x.concat([x.zeros([2, 3]), x.zeros([3, 2])])).toThrow(
      "concat: tensors must agree on all axes but axis 0; tensor 0 is [2, 3], tensor 1 is [3, 2]",
    );
    expect(() => x.concat([1, 2])).toThrow(
      "concat: expected a tensor with axes; got a scalar and axis 0",
    );
    expect(() => x.stack([x.zeros([2]), x.zeros([3])])).toThrow(
      "stack: tensors must have one shape; tensor 0 is [2], tensor 1 is [3]",
    );
    for (const parts of [2, 0, -1, 1.5, [2, 2], [6, -1]]) {
      expect(() => x.zeros([5]).split(parts)).toThrow(
        "split: expected parts that add up to the length 5 of axis 0",
      );
    }
  });

  it("tile, repeat and flip follow their definitions, in any layout", () => {
    fc.assert(
      fc.property(inputs(hasAxes), fc.nat(), fc.nat(3), ({ t, grid }, m, count) => {
        const axis = m % t.rank;
        const n = t.shape[axis] as number;
        const long = put(t.shape, axis, n * count);
        const tiled = t.tile(t.shape.map((_, i) => (i === axis ? count : 1)));
        assertGrid(
          tiled,
          build(long, (i) => get(grid, put(i, axis, (i[axis] as number) % n))),
        );
        assertGrid(
          t.repeat(count, axis),
          build(long, (i) => get(grid, put(i, axis, Math.floor((i[axis] as number) / count)))),
        );
        assertGrid(
          t.flip(axis),
          build(t.shape, (i) => get(grid, put(i, axis, n - 1 - (i[axis] as number)))),
        );
        assertGrid(t.flip(), { shape: t.shape, values: [...grid.values].reverse() });
      }),
    );
    expect(() => x.tile(x.zeros([2]), [-1])).toThrow(
      "tile: expected non-negative integer counts; got -1",
    );
    expect(() => x.repeat(x.zeros([2]), 0.5)).toThrow(
      "repeat: expected non-negative integer counts; got 0.5",
    );
  });

  it("roll brings every element to its place modulo the length", () => {
    fc.assert(
      fc.property(
        inputs(hasAxes),
        fc.nat(),
        fc.integer({ min: -9, max: 9 }),
        ({ t, grid }, m, shift) => {
          const axis = m % t.rank;
          const n = t.shape[axis] as number;
          const from = (i: number): number => (((i - shift) % n) + n) % n;
          assertGrid(
            t.roll(shift, axis),
            build(t.shape, (i) => get(grid, put(i, axis, from(i[axis] as number)))),
          );
        },
      ),
    );
    expect(() => x.roll(x.zeros([2]), 0.5)).toThrow("roll: expected an integer shift; got 0.5");
  });
});
