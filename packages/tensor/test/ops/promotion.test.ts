import { describe, expect, it } from "vitest";
import { type DType, dtypes } from "../../src/dtype";
import * as x from "../../src/index";

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
