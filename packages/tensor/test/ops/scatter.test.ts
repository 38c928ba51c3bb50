import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as x from "../../src/index";
import { indexTensor } from "../support/indices";
import { shapes } from "../support/views";

describe("scatterAdd and its kin", () => {
  it("adds up updates of repeated indices and drops those out of range", () => {
    expect(x.scatterAdd([1, 2, 4, 8], [0, 2, 0, -1], 3).toArray()).toEqual([5, 0, 2]);
    expect(
      x
        .scatterAdd(
          [
            [1, 2],
            [3, 4],
          ],
          [1, 1],
          3,
          1,
        )
        .toArray(),
    ).toEqual([
      [0, 3, 0],
      [0, 7, 0],
    ]);
    expect(x.scatterAdd(x.ones([2], { dtype: "bool" }), [1, 1], 2).dtype).toBe("i32");
    expect(x.scatterAdd(x.zeros([0, 2]), x.zeros([0], { dtype: "i32" }), 2).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(x.scatterAdd([1, 2], [0, 1], 0).shape).toEqual([0]);
  });

  it("is the transpose of take", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }).chain((n) =>
          fc.tuple(
            fc.constant(n),
            shapes(2).chain((s) => indexTensor(s, n)),
          ),
        ),
        ([n, i]) => {
          const index = i.x.add(n).mod(n);
          const u = x.arange(index.size * 2).reshape([2, ...index.shape]);
          const v = x
            .arange(2 * n)
            .reshape([2, n])
            .square();
          const left = x.scatterAdd(u, index, n, 1).mul(v).sum().item();
          expect(left).toBe(v.take(index, 1).mul(u).sum().item());
        },
      ),
      { numRuns: 30 },
    );
  });

  it("segmentSum, bincount and oneHot count", () => {
    expect(
      x
        .segmentSum(
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
          [1, 0, 1],
          2,
        )
        .toArray(),
    ).toEqual([
      [3, 4],
      [6, 8],
    ]);
    expect(x.bincount([3, 1, 3, -1]).toArray()).toEqual([0, 1, 0, 2]);
    expect(x.bincount([], { length: 2 }).toArray()).toEqual([0, 0]);
    expect(x.bincount([]).shape).toEqual([0]);
    expect(x.bincount([[0, 1]], { weights: [[0.5, 2]] }).toArray()).toEqual([0.5, 2]);
    expect(x.oneHot([[0], [2], [5]], 3, { dtype: "u8" }).toArray()).toEqual([
      [[1, 0, 0]],
      [[0, 0, 1]],
      [[0, 0, 0]],
    ]);
  });

  it("refuse counts that are no counts, updates of another shape and traced lengths", () => {
    expect(() => x.scatterAdd([1, 2], [0], 3)).toThrow(
      "scatterAdd: expected updates whose axes from 0 on are those of the indices, [1]; got [2]",
    );
    expect(() => x.scatterAdd([1], [0], -1)).toThrow(
      "scatterAdd: expected a non-negative integer size; got -1",
    );
    expect(() => x.oneHot([0], 1.5)).toThrow(
      "oneHot: expected a non-negative integer number of classes; got 1.5",
    );
    expect(() => x.jit((i: x.Tensor) => x.bincount(i))(x.zeros([2], { dtype: "i32" }))).toThrow(
      "pass options.length",
    );
  });
});
