import { describe, expect, it } from "vitest";
import { type DType, dtypes } from "../../src/dtype";
import * as x from "../../src/index";
import { choleskySolve, solve, triangularSolve } from "../../src/linalg";

describe("dtypes of results", () => {
  const order: DType[] = ["bool", "u8", "i32", "f32", "f64"];

  it("the wider of two dtypes wins, and bool is counted as i32 in arithmetic", () => {
    for (const a of order) {
      for (const b of order) {
        const wider = order[Math.max(order.indexOf(a), order.indexOf(b))] as DType;
        const [p, q] = [x.ones([2], { dtype: a }), x.ones([2], { dtype: b })];
        expect(x.add(p, q).dtype, `${a} + ${b}`).toBe(wider === "bool" ? "i32" : wider);
        expect(x.maximum(p, q).dtype, `${a} max ${b}`).toBe(wider);
        expect(x.equal(p, q).dtype).toBe("bool");
        const float = wider === "f64" ? "f64" : "f32";
        expect(x.div(p, q).dtype, `${a} / ${b}`).toBe(float);
      }
    }
  });

  it("i32 and u32 have no common type", () => {
    const f = () => x.ones([1], { dtype: "i32" }).mul(x.ones([1], { dtype: "u32" }));
    expect(f).toThrow("mul: i32 and u32 have no common integer type; cast one of them first");
  });

  it("a number takes the dtype beside it; a fraction makes integers f32", () => {
    for (const dtype of dtypes) {
      const t = x.ones([1], { dtype });
      expect(t.add(1).dtype).toBe(dtype === "bool" ? "i32" : dtype);
      expect(t.add(0.5).dtype).toBe(dtype === "f64" ? "f64" : "f32");
    }
    expect(x.tensor([0.1], { dtype: "f64" }).add(0.2).toArray()).toEqual([0.1 + 0.2]);
  });

  it("a number that the dtype beside it cannot hold is refused", () => {
    const bytes = x.ones([1], { dtype: "u8" });
    expect(() => bytes.add(300)).toThrow(
      "add: the number 300 does not fit u8, the dtype of the other operand; cast that first",
    );
    expect(() => x.ones([1], { dtype: "u32" }).greater(-1)).toThrow(x.ArgumentError);
    expect(bytes.add(255).toArray()).toEqual([0]);
  });

  it("casts truncate and saturate, NaN becomes 0, and only 0 is false", () => {
    const t = x.tensor([1.9, -1.9, 3e9, -3e9, NaN, Infinity, 0]);
    expect(t.cast("i32").toArray()).toEqual([1, -1, 2 ** 31 - 1, -(2 ** 31), 0, 2 ** 31 - 1, 0]);
    expect(t.cast("u8").toArray()).toEqual([1, 0, 255, 0, 0, 255, 0]);
    expect(t.cast("u32").toArray()).toEqual([1, 0, 3e9, 0, 0, 2 ** 32 - 1, 0]);
    expect(t.cast("bool").toArray()).toEqual([true, true, true, true, true, true, false]);
  });

  it("functions of floats turn integers into f32 and keep f64", () => {
    expect(x.exp(x.ones([1], { dtype: "i32" })).dtype).toBe("f32");
    expect(x.exp(x.ones([1], { dtype: "f64" })).dtype).toBe("f64");
    expect(x.floor(x.ones([1], { dtype: "u8" })).dtype).toBe("u8");
  });
});

describe("plain arrays follow the rule of bare numbers", () => {
  // Neither is an f32, so that any detour over it shows.
  const [a, b] = [0.1, 0.2];
  const doubles = x.tensor([a, b], { dtype: "f64" });
  const matrix = x.tensor(
    [
      [a, 0],
      [0, b],
    ],
    { dtype: "f64" },
  );

  const binary: readonly (readonly [string, (p: x.TensorLike, q: x.TensorLike) => x.Tensor])[] = [
    ["add", x.add],
    ["sub", x.sub],
    ["mul", x.mul],
    ["div", x.div],
    ["floorDivide", x.floorDivide],
    ["mod", x.mod],
    ["rem", x.rem],
    ["pow", x.pow],
    ["maximum", x.maximum],
    ["minimum", x.minimum],
    ["atan2", x.atan2],
    ["hypot", x.hypot],
    ["logAddExp", x.logAddExp],
    ["equal", x.equal],
    ["less", x.less],
    ["isClose", (p, q) => x.isClose(p, q, { relative: 0, absolute: 1e-12 })],
    ["where", (p, q) => x.where([true, false], p, q)],
    ["concat", (p, q) => x.concat([p, q])],
    ["stack", (p, q) => x.stack([p, q])],
    ["matmul", x.matmul],
    ["outer", x.outer],
    ["vdot", x.vdot],
    ["einsum", (p, q) => x.einsum("i,i->", p, q)],
    ["searchSorted", (p, q) => x.searchSorted(p, q)],
    ["updateSlice", (p, q) => x.updateSlice(p, q, [0])],
    ["linearRecurrence", (p, q) => x.linearRecurrence(p, q)],
    ["conv1d", (p, q) => x.conv1d(rows(p), rows(q))],
  ];
  /** [2] as one image, or as one kernel, of one channel. */
  const rows = (p: x.TensorLike): x.TensorLike => (x.isTensor(p) ? p.reshape([1, 1, 2]) : [[p]]);

  it.each(binary)("%s reads an array in f64 beside f64", (_, f) => {
    const expected = f(doubles, doubles);
    for (const y of [f(doubles, [a, b]), f([a, b], doubles)]) {
      expect(y.dtype).toBe(expected.dtype);
      expect(y.toArray()).toEqual(expected.toArray());
    }
  });

  it("solvers read it in f64, on either side", () => {
    const whole = solve(matrix, doubles).toArray();
    expect(solve(matrix, [a, b]).toArray()).toEqual(whole);
    const nested = matrix.toArray() as number[][];
    expect(solve(nested, doubles).toArray()).toEqual(whole);
    expect(triangularSolve(nested, doubles).toArray()).toEqual(whole);
    expect(choleskySolve(nested, doubles).toArray()).toEqual(
      choleskySolve(matrix, doubles).toArray(),
    );
  });

  it("whole numbers keep the integers beside them, wherever they stand", () => {
    for (const dtype of ["i32", "u32", "u8"] as const) {
      const t = x.ones([2], { dtype });
      for (const y of [t.add([1, 2]), x.add([1, 2], t), x.concat([[1, 2], t])])
        expect(y.dtype, dtype).toBe(dtype);
      expect(x.stack([[1, 2], [3, 4], t]).dtype).toBe(dtype);
      expect(x.bitwiseAnd(t, [1, 2]).dtype).toBe(dtype);
      expect(x.bitwiseAnd([1, 2], t).dtype).toBe(dtype);
    }
    const big = x.tensor([2 ** 24 + 1], { dtype: "i32" });
    expect(big.equal([2 ** 24 + 1]).toArray()).toEqual([true]);
    expect(x.ones([2], { dtype: "bool" }).add([1, 2]).dtype).toBe("i32");
    expect(x.ones([2], { dtype: "bool" }).equal([true, false]).toArray()).toEqual([true, false]);
  });

  it("one fraction makes integers f32, and numbers that do not fit are refused", () => {
    const bytes = x.ones([2], { dtype: "u8" });
    expect(bytes.add([1, 0.5]).toArray()).toEqual([2, 1.5]);
    expect(() => bytes.add([[1, 300]])).toThrow(
      "add: the number 300 does not fit u8, the dtype of the other operand; cast that first",
    );
    expect(bytes.add([0.5, 300]).toArray()).toEqual([1.5, 301]);
  });

  it("two arrays meet in f32", () => {
    expect(x.add([1, 2], [3, 4]).dtype).toBe("f32");
    expect(x.concat([[1], [2]]).dtype).toBe("f32");
  });

  it("parameters of f64 samplers are not rounded", () => {
    const key = x.random.key(0);
    const given = x.random.normal(key, [2], { mean: [a, b], std: 0, dtype: "f64" });
    expect(given.toArray()).toEqual([a, b]);
    const factor = [[a], [b]];
    const vector = x.random.multivariateNormal(key, [2], { factor, dtype: "f64" });
    const exact = x.random.multivariateNormal(key, [2], {
      factor: x.tensor(factor, { dtype: "f64" }),
      dtype: "f64",
    });
    expect(vector.toArray()).toEqual(exact.toArray());
  });
});
