import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Tensor } from "../../src/index";
import * as x from "../../src/index";
import { contractionOrder } from "../../src/ops/einsum-order";
import { assertClose } from "../../src/testing";
import { assertGrid, build, type Grid, get, getBroadcast } from "../support/reference";
import { indicesOf, type Sample, samples, wholes } from "../support/views";

const length = fc.integer({ min: 0, max: 4 });

describe("matmul", () => {
  const cases = fc
    .record({
      lead: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
      m: length,
      k: length,
      n: length,
      ones: fc.tuple(fc.boolean(), fc.boolean()),
      drop: fc.tuple(fc.nat(2), fc.nat(2)),
    })
    .chain(({ lead, m, k, n, ones, drop }) => {
      const stack = (i: 0 | 1): number[] =>
        lead.map((d) => (ones[i] ? 1 : d)).slice(Math.min(drop[i], lead.length));
      return fc
        .constantFrom("f64", "f32", "i32")
        .chain((dtype) =>
          fc.tuple(
            samples(dtype as x.DType, [...stack(0), m, k], wholes(dtype as x.DType)),
            samples(dtype as x.DType, [...stack(1), k, n], wholes(dtype as x.DType)),
          ),
        );
    });

  it("multiplies stacks of matrices of any layout, broadcasting the leading axes", () => {
    fc.assert(
      fc.property(cases, ([a, b]) => {
        const [p, q] = [gridOf(a), gridOf(b)];
        const [m, k] = p.shape.slice(-2) as [number, number];
        const n = q.shape.at(-1) as number;
        const lead = x.zeros(p.shape.slice(0, -2)).add(x.zeros(q.shape.slice(0, -2))).shape;
        const expected = build([...lead, m, n], (index) => {
          const [stack, i, j] = [
            index.slice(0, -2),
            index.at(-2) as number,
            index.at(-1) as number,
          ];
          let sum = 0;
          for (let l = 0; l < k; l++) {
            sum += getBroadcast(p, [...stack, i, l]) * getBroadcast(q, [...stack, l, j]);
          }
          return sum;
        });
        const actual = x.matmul(a.x, b.x);
        expect(actual.dtype).toBe(a.x.dtype);
        assertGrid(actual, expected);
      }),
      { numRuns: 150 },
    );
  });

  it("counts a vector as a row on the left and as a column on the right", () => {
    expect(
      x
        .matmul(
          [1, 2],
          [
            [1, 0, 2],
            [0, 1, 3],
          ],
        )
        .toArray(),
    ).toEqual([1, 2, 8]);
    expect(
      x
        .matmul(
          [
            [1, 0],
            [2, 3],
          ],
          [4, 5],
        )
        .toArray(),
    ).toEqual([4, 23]);
    expect(x.matmul([1, 2], [3, 4]).shape).toEqual([]);
    expect(x.matmul(x.ones([5, 2, 3]), x.ones([3])).shape).toEqual([5, 2]);
  });

  it("counts bool and u8 in i32", () => {
    const t = x.ones([1, 300], { dtype: "u8" });
    expect(t.matmul(t.T).dtype).toBe("i32");
    expect(t.matmul(t.T).item()).toBe(300);
  });

  it("names the operation, both shapes and the axis", () => {
    expect(() => x.matmul(x.zeros([3, 4]), x.zeros([5, 2]))).toThrow(
      "matmul: inner dimensions differ: [3, 4] × [5, 2]; axis -1 of the first has length 4, axis -2 of the second 5; transpose or reshape one of them",
    );
    expect(() => x.matmul(x.zeros([3, 4]), x.zeros([5]))).toThrow("axis 0 of the second 5");
    expect(() => x.matmul(x.zeros([2, 3, 4]), x.zeros([3, 4, 5]))).toThrow(
      "matmul, leading axes: shapes [2] and [3] do not broadcast: axis -1 has lengths 2 and 3; lengths must be equal or 1",
    );
    expect(() => x.matmul(2, [1])).toThrow(
      "matmul: expected operands with at least one axis; got [] × [1]; use mul for scalars",
    );
  });

  it("vdot and outer are sums and tables of products", () => {
    expect(
      x
        .vdot(
          [
            [1, 2],
            [3, 4],
          ],
          [5, 6],
        )
        .toArray(),
    ).toEqual([17, 39]);
    expect(x.vdot([], []).item()).toBe(0);
    expect(x.outer([[1, 2]], [3, 4]).toArray()).toEqual([
      [3, 4],
      [6, 8],
    ]);
    expect(() => x.vdot(1, 2)).toThrow(
      "vdot: expected operands with at least one axis; use mul for scalars",
    );
    expect(() => x.vdot([1, 2], [1, 2, 3])).toThrow("vdot: shapes [2] and [3] do not broadcast");
  });
});

const gridOf = ({ x: t, values }: Sample): Grid => ({ shape: t.shape, values });

describe("einsum", () => {
  /** Up to three operands with up to three of four letters each, repeats included, and a choice of output. */
  const cases = fc
    .record({
      lengths: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 }),
      terms: fc.array(fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 3 }), {
        minLength: 1,
        maxLength: 3,
      }),
      keep: fc.subarray(["a", "b", "c", "d"]),
      reverse: fc.boolean(),
    })
    .chain(({ lengths, terms, keep, reverse }) => {
      const present = keep.filter((letter) => (terms as string[][]).flat().includes(letter));
      const output = reverse ? present.reverse() : present;
      const lengthOf = (letter: string): number => lengths["abcd".indexOf(letter)] as number;
      return fc.record({
        terms: fc.constant(terms),
        output: fc.constant(output),
        lengthOf: fc.constant(lengthOf),
        operands: fc.tuple(
          ...terms.map((term) => samples("f64", term.map(lengthOf), wholes("f64"))),
        ),
      });
    });

  it("sums the products that the letters say, for any letters, outputs and layouts", () => {
    fc.assert(
      fc.property(cases, ({ terms, output, lengthOf, operands }) => {
        const text = `${terms.map((t) => t.join("")).join(",")}->${output.join("")}`;
        const summed = [...new Set(terms.flat())].filter((letter) => !output.includes(letter));
        const expected = build(output.map(lengthOf), (at) => {
          let sum = 0;
          for (const inner of indicesOf(summed.map(lengthOf))) {
            const value = new Map([
              ...output.map((letter, i) => [letter, at[i] as number] as const),
              ...summed.map((letter, i) => [letter, inner[i] as number] as const),
            ]);
            sum += operands.reduce(
              (product, operand, i) =>
                product *
                get(
                  gridOf(operand),
                  (terms[i] as string[]).map((letter) => value.get(letter) as number),
                ),
              1,
            );
          }
          return sum;
        });
        assertGrid(x.einsum(text, ...operands.map((o) => o.x)), expected);
      }),
      { numRuns: 200 },
    );
  });

  it("combines more operands than are searched exhaustively, in a good order", () => {
    const n = 10;
    const letters = "abcdefghijk";
    const terms = Array.from({ length: n }, (_, i) => letters.slice(i, i + 2));
    const matrices = terms.map((_, i) =>
      x.tensor(
        [
          [1, i],
          [0, 1],
        ],
        { dtype: "f64" },
      ),
    );
    const product = x.einsum(`${terms.join(",")}->ak`, ...matrices);
    expect(product.toArray()).toEqual([
      [1, 45],
      [0, 1],
    ]);
  });

  it("multiplies a chain in the order of the fewest multiplications", () => {
    const order = (dims: number[]): unknown => {
      const names = "abcdefghij";
      const terms = dims.slice(1).map((_, i) => [names[i] as string, names[i + 1] as string]);
      const lengths = new Map(dims.map((d, i) => [names[i] as string, d]));
      return contractionOrder(
        terms,
        [names[0] as string, names[dims.length - 1] as string],
        lengths,
      );
    };
    expect(order([2, 100, 3, 100])).toEqual([[0, 1], 2]);
    expect(order([100, 3, 100, 2])).toEqual([0, [1, 2]]);
    // The textbook chain of Cormen et al., §15.2: ((A1 (A2 A3)) ((A4 A5) A6)).
    expect(order([30, 35, 15, 5, 10, 20, 25])).toEqual([
      [0, [1, 2]],
      [[3, 4], 5],
    ]);
  });

  it("is one matrix product where it can be, without copies of the operands", () => {
    const a = x.zeros([2, 8, 4, 16]);
    const b = x.zeros([2, 8, 4, 16]);
    const plan = String(x.lower((q: Tensor, k: Tensor) => x.einsum("bqhd,bkhd->bhqk", q, k))(a, b));
    expect(plan.match(/dot/g)).toHaveLength(1);
    expect(plan).not.toMatch(/copy|reshape/);
  });

  it("broadcasts lengths of 1 and the axes of dots", () => {
    const a = x.arange(6).reshape([2, 1, 3]);
    const b = x.arange(6).reshape([1, 3, 2]);
    const product = x.einsum("...ij,...jk->...ik", a, b);
    expect(product.toArray()).toEqual(x.matmul(a, b).toArray());
    expect(x.einsum("ij,ij->ij", [[1], [2]], [[3, 4]]).toArray()).toEqual([
      [3, 4],
      [6, 8],
    ]);
  });

  it("names the subscript whose lengths differ, with both shapes", () => {
    expect(() => x.einsum("ij,jk->ik", x.zeros([2, 3]), x.zeros([4, 5]))).toThrow(
      'einsum: subscript "j" of "ij,jk->ik" has length 3 in operand 0, [2, 3], and 4 in operand 1, [4, 5]; lengths must be equal or 1',
    );
    expect(() => x.einsum("ii", x.zeros([2, 3]))).toThrow("lengths must be equal on a diagonal");
    expect(() => x.einsum("ij", x.zeros([2]))).toThrow(
      'einsum: operand 0 has 1 axes, [2], but its subscripts in "ij" name 2; name each axis once or add "..."',
    );
  });

  it("refuses malformed subscripts, each with its reason", () => {
    const refuse = (text: string, reason: string, ...operands: Tensor[]): void => {
      const given = operands.length > 0 ? operands : [x.zeros([2])];
      expect(() => x.einsum(text, ...given), text).toThrow(x.ArgumentError);
      expect(() => x.einsum(text, ...given), text).toThrow(reason);
    };
    refuse("i,j", "expected subscripts for 1 operands");
    refuse("i->j", '"j" is not');
    refuse("i->ii", '"i" is not');
    refuse("i->i->i", 'at most one "->"');
    refuse("i1", "expected letters");
    refuse("i......", 'at most one "..."');
    refuse("i..", "expected letters");
    refuse("...i->i", 'expected "..." in the output', x.zeros([2, 2]));
    expect(() => x.einsum("i")).toThrow("einsum: expected at least one tensor; got none");
    expect(() => x.einsum(x.zeros([2]) as never)).toThrow("first; got object");
  });

  it("keeps i32 exact and counts u8 in i32", () => {
    const t = x.full([2, 200], 3, { dtype: "u8" });
    expect(x.einsum("ij,kj->ik", t, t).toArray()).toEqual([
      [1800, 1800],
      [1800, 1800],
    ]);
    expect(x.einsum("ij->", t).dtype).toBe("i32");
    assertClose(x.einsum("i,i", x.tensor([2, 3], { dtype: "i32" }), [0.5, 1]), 4);
  });
});
