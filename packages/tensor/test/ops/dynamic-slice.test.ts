import { describe, expect, it } from "vitest";
import * as x from "../../src/index";

describe("slices at traced positions", () => {
  it("dynamicSlice moves the start so that the block lies inside", () => {
    const t = x.arange(12).reshape([3, 4]);
    const f = x.jit((i: x.Tensor, j: x.Tensor) => x.dynamicSlice(t, [i, j], [2, 2]));
    const at = (i: number): x.Tensor => x.tensor(i, { dtype: "i32" });
    expect(f(at(0), at(1)).toArray()).toEqual([
      [1, 2],
      [5, 6],
    ]);
    expect(f(at(7), at(-3)).toArray()).toEqual([
      [4, 5],
      [8, 9],
    ]);
    expect(x.dynamicSlice(t, [9, -9], [1, 4]).toArray()).toEqual([[8, 9, 10, 11]]);
    expect(x.dynamicSlice(t, [1, 1], [0, 2]).shape).toEqual([0, 2]);
  });

  it("updateSlice replaces exactly the block", () => {
    const t = x.zeros([3, 4]);
    const f = x.jit((i: x.Tensor) =>
      x.updateSlice(
        t,
        [
          [1, 2],
          [3, 4],
        ],
        [i, 1],
      ),
    );
    expect(f(x.tensor(1, { dtype: "i32" })).toArray()).toEqual([
      [0, 0, 0, 0],
      [0, 1, 2, 0],
      [0, 3, 4, 0],
    ]);
    expect(f(x.tensor(5, { dtype: "i32" })).toArray()).toEqual([
      [0, 0, 0, 0],
      [0, 1, 2, 0],
      [0, 3, 4, 0],
    ]);
    expect(x.updateSlice([1, 2, 3], [], [1]).toArray()).toEqual([1, 2, 3]);
    expect(x.updateSlice([1, 2], [8, 9], [7]).toArray()).toEqual([8, 9]);
  });

  it("a scan can fill a buffer row by row", () => {
    const [, buffer] = x.scan(
      ([i, rows]: [x.Tensor, x.Tensor], v: x.Tensor) => {
        const next = x.updateSlice(rows, v.mul(2).reshape([1]), [i]);
        return [[i.add(1), next], null] as never;
      },
      [x.tensor(0, { dtype: "i32" }), x.zeros([3])] as [x.Tensor, x.Tensor],
      x.tensor([1, 2, 3]),
    )[0] as unknown as [x.Tensor, x.Tensor];
    expect(buffer.toArray()).toEqual([2, 4, 6]);
  });

  it("refuses blocks that are too long and starts that are no integers", () => {
    expect(() => x.dynamicSlice(x.zeros([3]), [0], [4])).toThrow("no length longer than its axis");
    expect(() => x.dynamicSlice(x.zeros([3]), [0.5], [2])).toThrow(
      "dynamicSlice: expected starts that are integers or integer scalars; got 0.5",
    );
    expect(() => x.updateSlice(x.zeros([3]), x.zeros([2]), [x.tensor([1])])).toThrow(
      "a tensor of f32 and shape [1]",
    );
  });
});
