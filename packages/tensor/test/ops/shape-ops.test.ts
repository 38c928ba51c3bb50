import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as x from "../../src/index";
import { assertGrid, build, type Grid, get, getBroadcast } from "../support/reference";
import { elements, samples, shapes } from "../support/views";

/** A tensor of any layout, as grid and tensor. */
const inputs = (filter: (shape: number[]) => boolean = () => true) =>
  shapes(3)
    .filter(filter)
    .chain((shape) => samples("i32", shape, elements("i32")))
    .map(({ x: t, values }) => ({ t, grid: { shape: t.shape, values } as Grid }));

const hasAxes = (shape: number[]): boolean => shape.length > 0;

/** The index with one entry replaced. */
const put = (index: readonly number[], axis: number, value: number): number[] =>
  index.map((v, i) => (i === axis ? value : v));

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
    expect(x.concat([x.ones([1], { dtype: "u8" }), [2]]).dtype).toBe("f32");
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

describe("pad", () => {
  it("puts the tensor inside the constant, in any layout", () => {
    const cases = inputs().chain(({ t, grid }) =>
      fc.record({
        t: fc.constant(t),
        grid: fc.constant(grid),
        amounts: fc.tuple(...t.shape.map(() => fc.tuple(fc.nat(2), fc.nat(2)))),
      }),
    );
    fc.assert(
      fc.property(cases, ({ t, grid, amounts }) => {
        const to = t.shape.map((d, i) => d + (amounts[i] as number[]).reduce((a, b) => a + b, 0));
        const expected = build(to, (index) => {
          const inner = index.map((v, i) => v - (amounts[i]?.[0] as number));
          const inside = inner.every((v, i) => v >= 0 && v < (t.shape[i] as number));
          return inside ? get(grid, inner) : 7;
        });
        assertGrid(t.pad(amounts, { value: 7 }), expected);
      }),
    );
  });

  it("mirrors, goes round and repeats edges", () => {
    const t = x.tensor([1, 2, 3]);
    expect(t.pad(2, { mode: "reflect" }).toArray()).toEqual([3, 2, 1, 2, 3, 2, 1]);
    expect(t.pad([[3, 1]], { mode: "wrap" }).toArray()).toEqual([1, 2, 3, 1, 2, 3, 1]);
    expect(t.pad([[5, 0]], { mode: "edge" }).toArray()).toEqual([1, 1, 1, 1, 1, 1, 2, 3]);
  });

  it("refuses negative amounts, modes it does not know and more than a mode can give", () => {
    expect(() => x.pad(x.zeros([2]), -1)).toThrow(
      "pad: expected non-negative [before, after] for each of the 1 axes; got -1",
    );
    expect(() =>
      x.pad(x.zeros([2]), [
        [1, 1],
        [1, 1],
      ]),
    ).toThrow(x.ShapeError);
    expect(() => x.pad(x.zeros([2]), 1, { mode: "mirror" as never })).toThrow('got "mirror"');
    expect(() => x.pad(x.zeros([2]), 3, { mode: "reflect" })).toThrow(
      'pad: mode "reflect" can add at most 1 elements at axis 0 of length 2; asked for 3 and 3',
    );
    expect(() => x.pad(x.zeros([0]), 1, { mode: "edge" })).toThrow("at most 0 elements");
  });
});

describe("triangles and diagonals", () => {
  it("triu and tril keep their side of every diagonal, in any layout", () => {
    fc.assert(
      fc.property(
        inputs((s) => s.length > 1),
        fc.integer({ min: -4, max: 4 }),
        ({ t, grid }, k) => {
          const difference = (i: number[]): number => (i.at(-1) as number) - (i.at(-2) as number);
          assertGrid(
            x.triu(t, k),
            build(t.shape, (i) => (difference(i) >= k ? get(grid, i) : 0)),
          );
          assertGrid(
            x.tril(t, k),
            build(t.shape, (i) => (difference(i) <= k ? get(grid, i) : 0)),
          );
        },
      ),
    );
  });

  it("NaN outside the triangle does not leak into it", () => {
    expect(
      x
        .triu(
          x.tensor([
            [1, NaN],
            [NaN, 2],
          ]),
        )
        .toArray(),
    ).toEqual([
      [1, NaN],
      [0, 2],
    ]);
    expect(x.diag(x.tensor([NaN, 1])).toArray()).toEqual([
      [NaN, 0],
      [0, 1],
    ]);
  });

  it("diagonal takes any two axes and any offset", () => {
    fc.assert(
      fc.property(
        inputs((s) => s.length > 1),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: -4, max: 4 }),
        ({ t, grid }, m, n, k) => {
          const row = m % t.rank;
          const column = (row + 1 + (n % (t.rank - 1))) % t.rank;
          const [a, b] = [t.shape[row] as number, t.shape[column] as number];
          const length = Math.max(0, k < 0 ? Math.min(a + k, b) : Math.min(a, b - k));
          const rest = t.shape.map((_, i) => i).filter((i) => i !== row && i !== column);
          const expected = build([...rest.map((i) => t.shape[i] as number), length], (index) => {
            const full = t.shape.map(() => 0);
            rest.forEach((axis, i) => {
              full[axis] = index[i] as number;
            });
            const at = index.at(-1) as number;
            full[row] = at + Math.max(0, -k);
            full[column] = at + Math.max(0, k);
            return get(grid, full);
          });
          assertGrid(t.diagonal({ offset: k, axes: [row, column] }), expected);
        },
      ),
    );
  });

  it("diag of diag is the vector", () => {
    const v = x.tensor([1, 2, 3]);
    for (const k of [-2, -1, 0, 1, 2]) expect(x.diag(x.diag(v, k), k).toArray()).toEqual([1, 2, 3]);
    expect(x.diag(x.zeros([0])).shape).toEqual([0, 0]);
    expect(
      x
        .trace([
          [1, 2],
          [3, 4],
        ])
        .item(),
    ).toBe(5);
    expect(x.trace(x.ones([2, 2], { dtype: "u8" })).dtype).toBe("i32");
  });

  it("refuse vectors, equal axes and fractional offsets", () => {
    expect(() => x.triu([1, 2])).toThrow(
      "triu: expected at least two axes; got shape [2]; use diag to make a matrix of a vector",
    );
    expect(() => x.diagonal(x.zeros([2, 2]), { axes: [0, -2] })).toThrow(
      "diagonal: expected two different axes; got [0, -2]",
    );
    expect(() => x.tril(x.zeros([2, 2]), 0.5)).toThrow("tril: expected an integer offset; got 0.5");
    expect(() => x.diag(x.zeros([2, 2, 2]))).toThrow("use diagonal for stacks of matrices");
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
