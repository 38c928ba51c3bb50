import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as x from "../../src/index";
import { inputs } from "../support/inputs";
import { assertGrid, build, get } from "../support/reference";

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
