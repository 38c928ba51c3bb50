import { arange, jit, ones, random, type Tensor, tensor, vdot } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { learnedPositions, rope, sinusoidal, timeEmbedding } from "../src/index";
import { checkLayer, normal } from "./support/check-layer";

// The card's numbers have eight decimals.
const digits = { relative: 0, absolute: 5e-9 };
const f64 = { dtype: "f64" } as const;

describe("sinusoidal", () => {
  it("interleaves sines and cosines", () => {
    const table = sinusoidal(4, 4, f64);
    assertClose(table.at(3), [0.14112001, -0.9899925, 0.0299955, 0.99955003], digits);
    assertClose(table.at(0), [0, 1, 0, 1]);
    expect(sinusoidal(5, 2).dtype).toBe("f32");
    expect(() => sinusoidal(4, 3)).toThrow(
      "sinusoidal: expected an even number of features; got 3",
    );
  });
});

describe("timeEmbedding", () => {
  it("puts all sines before all cosines", () => {
    assertClose(
      timeEmbedding(tensor([3], f64), 4),
      [[0.14112001, 0.0299955, -0.9899925, 0.99955003]],
      digits,
    );
    assertClose(
      timeEmbedding(tensor([3], { dtype: "i32" }), 4),
      [[0.14112, 0.0299955, -0.9899925, 0.99955]],
      { relative: 0, absolute: 1e-7 },
    );
    expect(timeEmbedding(tensor(3), 6).shape).toEqual([6]);
    expect(() => timeEmbedding(tensor([1]), 5)).toThrow("timeEmbedding: expected an even number");
  });

  it("differentiates with respect to the time, and compiles", () => {
    const call = (t: Tensor): Tensor => timeEmbedding(t, 6);
    checkGradients(call, [normal([3])]);
    assertClose(jit(call)(tensor([1, 2])), call(tensor([1, 2])));
  });
});

describe("learnedPositions", () => {
  it("adds the first rows of its table", () => {
    const layer = learnedPositions(6, 3);
    const params = layer.init(random.key(0), f64);
    assertClose(layer.apply(params, ones([2, 4, 3])).at(1), params.weight.at([0, 1, 2, 3]).add(1));
    checkLayer(layer.apply, params, normal([2, 4, 3]));
    expect(() => layer.apply(params, ones([7, 3]))).toThrow(
      "learnedPositions: expected at most 6 positions; got 7",
    );
  });
});

describe("rope", () => {
  const at = (p: number): Tensor => tensor([p], { dtype: "i32" });
  const x = tensor([[1, 2, 3, 4]], f64);

  it("turns pairs in either layout", () => {
    assertClose(
      rope(x, { positions: at(2) }),
      [[-2.23474169, 0.07700375, 2.91940535, 4.05919603]],
      digits,
    );
    const half = rope(x, { positions: at(2), layout: "halfSplit" });
    assertClose(half, [[-3.14403912, 1.91960535, -0.33914308, 4.03919736]], digits);
    assertClose(rope(x), x, { relative: 0, absolute: 0 });
  });

  it("makes products of queries and keys depend on their distance only, also far out", () => {
    const [q, k] = [normal([1, 8], 1), normal([1, 8], 2)];
    for (const layout of ["interleaved", "halfSplit"] as const) {
      const product = (p: number, r: number): number =>
        vdot(
          rope(q, { positions: at(p), layout }).ravel(),
          rope(k, { positions: at(r), layout }).ravel(),
        ).item();
      for (const shift of [1, 100, 123456])
        expect(product(5 + shift, 2 + shift)).toBeCloseTo(product(5, 2), 8);
      expect(Math.abs(product(5, 2) - product(5, 3))).toBeGreaterThan(1e-3);
    }
  });

  it("takes positions that are known only while it runs, and counts from 0 otherwise", () => {
    const y = normal([2, 3, 4]);
    for (const layout of ["interleaved", "halfSplit"] as const) {
      const run = jit((v: Tensor, positions: Tensor) => rope(v, { positions, layout }));
      assertClose(run(y, arange(3, { dtype: "i32" })), rope(y, { layout }));
      checkLayer((_: null, v: Tensor) => rope(v, { layout }), null, y);
    }
  });

  it("refuses odd widths, unknown layouts and other numbers of positions", () => {
    expect(() => rope(ones([2, 3]))).toThrow("rope: expected an even number of features; got 3");
    expect(() => rope(ones([2, 4]), { layout: "pairs" as never })).toThrow(
      'expected layout "interleaved" or "halfSplit"; got "pairs"',
    );
    expect(() => rope(ones([2, 4]), { positions: at(1) })).toThrow("rope: expected positions [2]");
    expect(() => rope(ones([4]))).toThrow("rope: expected [..., time, features]; got shape [4]");
  });
});
