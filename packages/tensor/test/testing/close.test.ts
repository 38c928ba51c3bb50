import { describe, expect, it } from "vitest";
import { ArgumentError, tensor, zeros } from "../../src/index";
import { AssertionError, assertClose } from "../../src/testing";

describe("assertClose", () => {
  it("accepts what is within tolerance, and NaN and infinities that agree", () => {
    assertClose(tensor([1, NaN, Infinity, -Infinity]), [1 + 1e-6, NaN, Infinity, -Infinity]);
    assertClose(zeros([0, 3]), zeros([0, 3], { dtype: "f64" }));
    assertClose(1, 1);
    assertClose(new Float32Array([1, 2]), [1, 2]);
    assertClose(tensor([true, false]), [true, false]);
  });

  it("names the worst element, its index, both values and how many differ", () => {
    const actual = tensor(
      [
        [1, 2],
        [3, 4.5],
      ],
      { dtype: "f64" },
    );
    expect(() =>
      assertClose(actual, [
        [1, 2.1],
        [3, 4],
      ]),
    ).toThrow("assertClose: expected 4 at [1, 1]; got 4.5; they differ by 0.5, allowed is 4.");
    expect(() =>
      assertClose(actual, [
        [1, 2.1],
        [3, 4],
      ]),
    ).toThrow("2 of 4 elements of shape [2, 2]");
  });

  it("throws an AssertionError with the data as fields", () => {
    try {
      assertClose(tensor([1, 2]), [1, 3]);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(AssertionError);
      expect((error as AssertionError).code).toBe("ERR_ASSERTION");
      expect((error as AssertionError).data).toMatchObject({
        index: [1],
        actual: 2,
        expected: 3,
        count: 1,
      });
    }
  });

  it("counts NaN against a number and one infinity against the other as the worst of all", () => {
    expect(() => assertClose(tensor([1e9, NaN]), [0, 1])).toThrow("expected 1 at [1]; got NaN");
    expect(() => assertClose(tensor([Infinity]), [-Infinity])).toThrow("got Infinity");
    expect(() => assertClose(tensor([1e30]), [Infinity], { relative: 1 })).toThrow("got 1.00");
  });

  it("follows the dtype: integers must be equal, f32 is looser than f64", () => {
    const near = 1 + 5e-6;
    assertClose(tensor([near]), [1]);
    expect(() => assertClose(tensor([near], { dtype: "f64" }), [1])).toThrow(AssertionError);
    expect(() => assertClose(tensor([100000], { dtype: "i32" }), [100001])).toThrow(AssertionError);
    assertClose(tensor([100000], { dtype: "i32" }), [100001], { absolute: 1 });
  });

  it("compares shapes", () => {
    expect(() => assertClose(zeros([2, 1]), zeros([2]))).toThrow("expected shape [2]; got [2, 1]");
  });

  it("compares trees and names the path", () => {
    const actual = { layers: [{ w: tensor([1]), b: 2 }], name: "x", none: null };
    assertClose(actual, { layers: [{ w: [1], b: 2 }], name: "x", none: null });
    expect(() => assertClose(actual, { ...actual, layers: [{ w: [1], b: 3 }] })).toThrow(
      "assertClose: at layers.0.b: expected 3 at []; got 2",
    );
    expect(() => assertClose({ a: 1 }, { b: 1 })).toThrow("expected entries b; got a");
    expect(() => assertClose({ a: "x" }, { a: "y" })).toThrow("at a: expected y; got x");
  });

  it("refuses what is no tensor, number or array", () => {
    expect(() => assertClose(tensor([1]), "1")).toThrow(ArgumentError);
  });
});
