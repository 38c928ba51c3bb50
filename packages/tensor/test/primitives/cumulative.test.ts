import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { grad, type Tensor, tensor } from "../../src/index";
import { cumulative, recurrence } from "../../src/primitives/cumulative";
import { checkRules, forAll } from "../support/rules";
import { shapes } from "../support/views";

const cases = fc.record({
  shape: shapes().filter((s) => s.length > 0),
  n: fc.nat(),
  reverse: fc.boolean(),
});

describe("rules of running reductions", () => {
  it.each(["sum", "prod", "max", "min"] as const)(
    "%s: forwards and backwards along any axis",
    (kind) => {
      forAll(cases, ({ shape, n, reverse }, seed) => {
        const f = (x: Tensor): Tensor => {
          const y = cumulative(x, kind, n % shape.length, reverse);
          return y.mul(y);
        };
        checkRules({ f, make: (s) => [s.distinct(shape)] }, seed);
      });
    },
  );

  it("running products keep exact derivatives behind a 0", () => {
    const x = tensor([2, 0, 3, 5], { dtype: "f64" });
    const gradient = grad((t: Tensor) => cumulative(t, "prod", 0, false).sum())(x);
    expect(gradient.toArray()).toEqual([1, 2 + 6 + 30, 0, 0]);
  });

  it("the gradient of a running maximum goes to the element that set it, the first of equal ones", () => {
    const x = tensor([-1, -3, 2, 2, 1], { dtype: "f64" });
    const gradient = grad((t: Tensor) => cumulative(t, "max", 0, false).sum())(x);
    expect(gradient.toArray()).toEqual([2, 0, 3, 0, 0]);
    const back = grad((t: Tensor) => cumulative(t, "min", 0, true).sum())(x);
    expect(back.toArray()).toEqual([0, 2, 0, 0, 3]);
    const zero = tensor([0, -1], { dtype: "f64" });
    const first = grad((t: Tensor) => cumulative(t, "max", 0, false).sum())(zero);
    expect(first.toArray()).toEqual([2, 0]);
  });

  it("recurrence: derivatives by factors and terms, forwards and backwards", () => {
    forAll(
      cases,
      ({ shape, n, reverse }, seed) => {
        const f = (a: Tensor, b: Tensor): Tensor => {
          const y = recurrence(a, b, n % shape.length, reverse);
          return y.mul(y);
        };
        checkRules({ f, make: (s) => [s.uniform(shape), s.uniform(shape)] }, seed);
      },
      12,
    );
  });
});
