import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as x from "../../src/index";
import { inputs } from "../support/inputs";
import { assertGrid, build, get } from "../support/reference";

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
