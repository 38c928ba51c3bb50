import { describe, expect, test } from "vitest";
import { assertClose } from "../src/close";

describe("assertClose", () => {
  test("accepts differences up to the absolute and the relative part together", () => {
    expect(() =>
      assertClose("x", [100, 2], [101, 2], { relative: 0.01, absolute: 0 }),
    ).not.toThrow();
    expect(() => assertClose("x", [0.5], [0], { relative: 0, absolute: 0.5 })).not.toThrow();
    expect(() => assertClose("x", [102.5], [101], { relative: 0.01 })).toThrow("element 0");
  });

  test("names the worst element and both values", () => {
    expect(() => assertClose("product", [1, 7, 3.1], [1, 2, 3], { relative: 0 })).toThrow(
      "product: the two sides differ most at element 1: ours 7, expected 2",
    );
  });

  test("accepts no NaN and no infinity in place of a number, but equal infinities", () => {
    expect(() => assertClose("x", [-Infinity], [-Infinity], { relative: 0 })).not.toThrow();
    expect(() => assertClose("x", [Number.NaN], [1], { relative: 1 })).toThrow("ours NaN");
    expect(() => assertClose("x", [Infinity], [1], { relative: 1 })).toThrow("ours Infinity");
    expect(() => assertClose("x", [1], [Number.NaN], { relative: 1 })).toThrow("expected NaN");
  });

  test("refuses lists of different lengths", () => {
    expect(() => assertClose("x", [1], [1, 2], { relative: 0 })).toThrow(
      "x: expected 2 elements; got 1",
    );
  });
});
