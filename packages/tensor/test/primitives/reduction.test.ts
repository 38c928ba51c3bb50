import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { grad, type Tensor, tensor } from "../../src/index";
import * as r from "../../src/primitives/reduction";
import { assertClose } from "../../src/testing";
import { checkRules, forAll } from "../support/rules";
import { type Source, shapes } from "../support/views";

/** A shape and some of its axes. */
const reductions = (filled: boolean): fc.Arbitrary<readonly [number[], number[]]> =>
  shapes()
    .filter((shape) => !filled || !shape.includes(0))
    .chain((shape) => fc.subarray([...shape.keys()]).map((axes) => [shape, axes] as const));

const squared =
  (f: (x: Tensor, axes: readonly number[]) => Tensor, axes: readonly number[]) =>
  (x: Tensor): Tensor => {
    const y = f(x, axes);
    return y.mul(y);
  };

describe("rules of reductions", () => {
  it("sum: over any axes, also empty ones", () => {
    forAll(reductions(false), ([shape, axes], seed) =>
      checkRules({ f: squared(r.reduceSum, axes), make: (s) => [s.uniform(shape)] }, seed),
    );
  });

  // Central differences err by h² / 6 times the third derivative. That of a product beside its first is large where
  // factors are close to 0, so none is.
  it("product: over any axes, also empty ones", () => {
    forAll(reductions(false), ([shape, axes], seed) =>
      checkRules(
        { f: squared(r.reduceProd, axes), make: (s) => [s.signed(shape, 0.5, 1.5)] },
        seed,
      ),
    );
  });

  it("product: keeps exact derivatives where one, two or all factors are 0", () => {
    const data = tensor(
      [
        [2, 0, 3],
        [0, 0, 5],
        [1, 2, 3],
      ],
      { dtype: "f64" },
    );
    const gradient = grad((x: Tensor) => r.reduceProd(x, [1]).sum())(data);
    expect(gradient.toArray()).toEqual([
      [0, 6, 0],
      [0, 0, 0],
      [6, 3, 2],
    ]);
    // Where one factor is 0, so is the slope of the squared product, and central differences err by 2 h² v² y w: v is
    // that factor's direction, y the product of the others and w its derivative. With sizes of up to 2 that exceeds
    // the 1e-8 allowed once in a hundred times; with those below 0.75 it is of the order of 1e-10.
    const zeros =
      (shape: number[]) =>
      (s: Source): Tensor[] => [s.signed(shape, 0.25, 0.75).mul(s.booleans(shape).cast("f64"))];
    forAll(reductions(false), ([shape, axes], seed) =>
      checkRules({ f: squared(r.reduceProd, axes), make: zeros(shape) }, seed),
    );
  });

  it.each([
    ["max", r.reduceMax],
    ["min", r.reduceMin],
  ] as const)("%s: the gradient goes to the element that attains it", (_, f) => {
    forAll(reductions(true), ([shape, axes], seed) =>
      checkRules({ f: squared(f, axes), make: (s) => [s.distinct(shape)] }, seed),
    );
  });

  it("elements that attain a maximum together share its gradient", () => {
    const x = tensor([3, 1, 3, 3], { dtype: "f64" });
    assertClose(grad((t: Tensor) => r.reduceMax(t, [0]))(x), [1 / 3, 0, 1 / 3, 1 / 3]);
    assertClose(grad((t: Tensor) => r.reduceMin(t, [0]))(x), [0, 1, 0, 0]);
  });

  it("any and all batch", () => {
    for (const f of [r.reduceAny, r.reduceAll]) {
      forAll(reductions(false), ([shape, axes], seed) =>
        checkRules({ f: (x) => f(x, axes), make: (s) => [s.booleans(shape)] }, seed, {
          gradients: false,
        }),
      );
    }
  });

  it.each(["max", "min"] as const)("arg%s batches", (kind) => {
    const cases = shapes().filter((s) => s.length > 0 && !s.includes(0));
    forAll(fc.tuple(cases, fc.nat()), ([shape, n], seed) => {
      const f = (x: Tensor): Tensor => r.argReduce(x, kind, n % shape.length);
      checkRules({ f, make: (s) => [s.integers(shape, 0, 4)] }, seed, { gradients: false });
    });
  });
});
