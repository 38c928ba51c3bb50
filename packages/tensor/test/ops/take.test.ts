import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as x from "../../src/index";
import { indexTensor, wrapped } from "../support/indices";
import { assertGrid, build, type Grid, get } from "../support/reference";
import { elements, samples, shapes } from "../support/views";

describe("take and takeAlongAxis", () => {
  it("take puts the axes of the indices where the axis was", () => {
    const cases = shapes(3)
      .filter((s) => s.length > 0 && !s.includes(0))
      .chain((shape) =>
        fc.nat(shape.length - 1).chain((axis) =>
          fc.record({
            t: samples("f64", shape, elements("f64")),
            axis: fc.constant(axis),
            i: shapes(2).chain((s) => indexTensor(s, shape[axis] as number)),
          }),
        ),
      );
    fc.assert(
      fc.property(cases, ({ t, axis, i }) => {
        const { shape } = t.x;
        const grid: Grid = { shape, values: t.values };
        const picks: Grid = { shape: i.x.shape, values: i.values };
        const to = [...shape.slice(0, axis), ...i.x.shape, ...shape.slice(axis + 1)];
        const expected = build(to, (index) => {
          const at = get(picks, index.slice(axis, axis + i.x.rank));
          const full = [
            ...index.slice(0, axis),
            wrapped(at, shape[axis] as number),
            ...index.slice(axis + i.x.rank),
          ];
          return get(grid, full);
        });
        assertGrid(t.x.take(i.x, axis), expected);
      }),
      { numRuns: 60 },
    );
  });

  it("refuse indices out of range that are written out, and clamp those of tensors", () => {
    const t = x.tensor([10, 20, 30]);
    const far = x.tensor([5, -9], { dtype: "i32" });
    expect(() => t.take([0, 5])).toThrow(
      "take: index 5 is out of range for axis 0 of shape [3]; expected an integer from -3 to 2",
    );
    expect(() => t.take(-4)).toThrow("take: index -4 is out of range");
    expect(() => t.takeAlongAxis([0, 3])).toThrow("takeAlongAxis: index 3 is out of range");
    expect(t.take(far).toArray()).toEqual([30, 10]);
    expect(t.takeAlongAxis(far).toArray()).toEqual([30, 10]);
  });

  it("takeAlongAxis picks for every row its own", () => {
    const t = x.tensor([
      [5, 6, 7],
      [8, 9, 10],
    ]);
    expect(
      t
        .takeAlongAxis([
          [2, 0],
          [-1, 1],
        ])
        .toArray(),
    ).toEqual([
      [7, 5],
      [10, 9],
    ]);
    expect(t.takeAlongAxis([[1, 0, 1]], 0).toArray()).toEqual([[8, 6, 10]]);
    expect(() => t.takeAlongAxis([0, 1])).toThrow(
      "takeAlongAxis: expected indices of shape [2, 3] but for axis 1; got [2]",
    );
    expect(() => t.takeAlongAxis(x.tensor([[0.0], [1.0]]))).toThrow("a tensor of f32");
  });
});
