import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as x from "../../src/index";
import { hasAxes, inputs, put } from "../support/inputs";
import { assertGrid, build, get, getBroadcast } from "../support/reference";

describe("reshape", () => {
  it("keeps the elements in C order whatever the layout", () => {
    fc.assert(
      fc.property(inputs(), ({ t, grid }) => {
        assertGrid(t.ravel(), { shape: [t.size], values: grid.values });
        assertGrid(t.reshape([...t.shape, 1]), { shape: [...t.shape, 1], values: grid.values });
        const back = [...t.shape].reverse();
        assertGrid(t.reshape(back), { shape: back, values: grid.values });
        if (t.size > 0) assertGrid(t.reshape([-1, 1]), { shape: [t.size, 1], values: grid.values });
      }),
    );
  });

  it("computes the length −1, and refuses sizes that differ or could be anything", () => {
    expect(x.zeros([2, 6]).reshape([3, -1]).shape).toEqual([3, 4]);
    expect(x.zeros([0, 3]).reshape([-1, 3]).shape).toEqual([0, 3]);
    expect(() => x.zeros([2, 3]).reshape([4])).toThrow(
      "reshape: expected a shape of 6 elements for a tensor of shape [2, 3]; got [4]",
    );
    expect(() => x.zeros([6]).reshape([-1, -1])).toThrow(x.ShapeError);
    expect(() => x.zeros([6]).reshape([4, -1])).toThrow(x.ShapeError);
    expect(() => x.zeros([0]).reshape([-1, 0])).toThrow(x.ShapeError);
  });

  it("squeeze and expandDims remove and add axes of length 1", () => {
    const t = x.zeros([1, 2, 1]);
    expect(t.squeeze().shape).toEqual([2]);
    expect(t.squeeze(-1).shape).toEqual([1, 2]);
    expect(t.squeeze([0, 2]).shape).toEqual([2]);
    expect(t.expandDims(0).shape).toEqual([1, 1, 2, 1]);
    expect(t.expandDims(-1).shape).toEqual([1, 2, 1, 1]);
    expect(() => t.squeeze(1)).toThrow(
      "squeeze: expected axes of length 1; axis 1 of shape [1, 2, 1] has length 2",
    );
    expect(() => t.expandDims(5)).toThrow(
      "expandDims: axis must be an integer from -4 to 3 for a tensor of rank 4; it is 5",
    );
  });
});

describe("transpose and its kin", () => {
  it("rename axes of any layout", () => {
    fc.assert(
      fc.property(inputs(hasAxes), fc.nat(), fc.nat(), ({ t, grid }, m, n) => {
        const r = t.rank;
        const [a, b] = [m % r, n % r];
        assertGrid(
          t.T,
          build([...t.shape].reverse(), (i) => get(grid, [...i].reverse())),
        );
        const order = t.shape.map((_, i) => (i + m) % r);
        const from = (i: number[]): number[] =>
          order.map((_, axis) => i[order.indexOf(axis)] as number);
        assertGrid(
          t.transpose(order),
          build(
            order.map((o) => t.shape[o] as number),
            (i) => get(grid, from(i)),
          ),
        );
        assertGrid(
          t.swapAxes(a, b - r),
          t.swapAxes(b, a).shape.length === r
            ? build(t.swapAxes(b, a).shape, (i) =>
                get(grid, put(put(i, a, i[b] as number), b, i[a] as number)),
              )
            : grid,
        );
        const moved = t.moveAxis(a, b);
        expect(moved.shape[b]).toBe(t.shape[a]);
        assertGrid(moved.moveAxis(b, a), grid);
      }),
    );
  });

  it("refuse orders that are none", () => {
    expect(() => x.zeros([2, 3]).transpose([0, 0])).toThrow(
      "transpose: expected each of the 2 axes of shape [2, 3] once; got [0, 0]",
    );
    expect(() => x.tensor(1).moveAxis(0, 0)).toThrow(
      "moveAxis: expected a tensor with axes; got a scalar and axis 0",
    );
  });
});

describe("broadcastTo", () => {
  it("repeats axes of length 1 and new leading ones", () => {
    fc.assert(
      fc.property(
        inputs(),
        fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
        ({ t, grid }, lead) => {
          const to = [...lead, ...t.shape.map((d) => (d === 1 ? 3 : d))];
          assertGrid(
            t.broadcastTo(to),
            build(to, (i) => getBroadcast(grid, i)),
          );
        },
      ),
    );
  });

  it("refuses shapes that do not fit, naming both", () => {
    expect(() => x.zeros([2, 3]).broadcastTo([3, 3])).toThrow(
      "broadcastTo: shapes [2, 3] and [3, 3] do not broadcast: axis -2 has lengths 2 and 3; lengths must be equal or 1",
    );
    expect(() => x.zeros([2, 3]).broadcastTo([3])).toThrow(
      "broadcastTo: shape [2, 3] does not broadcast to [3]",
    );
    expect(() => x.zeros([2]).broadcastTo([-1, 2])).toThrow(x.ShapeError);
  });
});

describe("meshgrid", () => {
  it("repeats each vector along the other axes, without a copy", () => {
    const [a, b] = x.meshgrid(
      [
        [1, 2],
        [3, 4, 5],
      ],
      { indexing: "ij" },
    ) as [x.Tensor, x.Tensor];
    expect(a.toArray()).toEqual([
      [1, 1, 1],
      [2, 2, 2],
    ]);
    expect(b.toArray()).toEqual([
      [3, 4, 5],
      [3, 4, 5],
    ]);
    const v = x.arange(3);
    expect(x.meshgrid([v, v])[1]?.concrete?.storage).toBe(v.concrete?.storage);
  });

  it("refuses what is no vector and indexing it does not know", () => {
    expect(() => x.meshgrid([1, [2]])).toThrow(
      "meshgrid: expected vectors; operand 0 has shape []; ravel it first",
    );
    expect(() => x.meshgrid([[1]], { indexing: "yx" as never })).toThrow('got "yx"');
  });
});
