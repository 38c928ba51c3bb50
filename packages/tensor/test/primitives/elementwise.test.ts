import { describe, expect, it } from "vitest";
import { grad, type Tensor, tensor } from "../../src/index";
import * as p from "../../src/primitives/elementwise";
import { checkRules, forAll } from "../support/rules";
import { type Source, shapes } from "../support/views";

type Range = readonly [number, number];
type Function1 = (x: Tensor) => Tensor;

/** Functions of one operand and an interval where they are smooth. */
const unary: readonly [string, Function1, Range][] = [
  ["neg", p.neg, [-2, 2]],
  ["abs", p.abs, [0.1, 2]],
  ["abs (negative)", p.abs, [-2, -0.1]],
  ["sqrt", p.sqrt, [0.1, 4]],
  ["reciprocal", p.reciprocal, [0.3, 3]],
  ["exp", p.exp, [-2, 2]],
  ["expm1", p.expm1, [-2, 2]],
  ["log", p.log, [0.2, 4]],
  ["log1p", p.log1p, [-0.7, 3]],
  ["sin", p.sin, [-4, 4]],
  ["cos", p.cos, [-4, 4]],
  ["tan", p.tan, [-1.2, 1.2]],
  ["asin", p.asin, [-0.8, 0.8]],
  ["acos", p.acos, [-0.8, 0.8]],
  ["atan", p.atan, [-3, 3]],
  ["sinh", p.sinh, [-2, 2]],
  ["cosh", p.cosh, [-2, 2]],
  ["tanh", p.tanh, [-2, 2]],
  ["asinh", p.asinh, [-3, 3]],
  ["acosh", p.acosh, [1.3, 4]],
  ["atanh", p.atanh, [-0.8, 0.8]],
  ["erf", p.erf, [-2, 2]],
  ["erfc", p.erfc, [-2, 2]],
  ["erfinv", p.erfinv, [-0.8, 0.8]],
  ["lgamma", p.lgamma, [0.3, 5]],
  ["lgamma (negative)", p.lgamma, [-1.8, -1.2]],
  ["digamma", p.digamma, [0.3, 5]],
  ["digamma (negative)", p.digamma, [-1.8, -1.2]],
  ["sigmoid", p.sigmoid, [-4, 4]],
  ["softplus", p.softplus, [-4, 4]],
];

/** Functions of two operands and the intervals of each. */
const binary: readonly [string, (x: Tensor, y: Tensor) => Tensor, Range, Range][] = [
  ["add", p.add, [-2, 2], [-2, 2]],
  ["sub", p.sub, [-2, 2], [-2, 2]],
  ["mul", p.mul, [-2, 2], [-2, 2]],
  ["div", p.div, [-2, 2], [0.4, 3]],
  // It jumps where x / y is whole; these quotients lie between 3.08 and 3.91.
  ["rem", p.rem, [3.7, 4.3], [1.1, 1.2]],
  ["pow", p.pow, [0.3, 3], [-2, 2]],
  ["atan2", p.atan2, [0.3, 2], [-2, -0.3]],
  ["max", p.max, [0, 1], [1.1, 2]],
  ["max (first wins)", p.max, [1.1, 2], [0, 1]],
  ["min", p.min, [0, 1], [1.1, 2]],
  ["min (second wins)", p.min, [1.1, 2], [0, 1]],
];

const uniform =
  (shape: readonly number[], ...ranges: Range[]) =>
  (source: Source): Tensor[] =>
    ranges.map(([low, high]) => source.uniform(shape, low, high));

describe("rules of elementwise primitives", () => {
  it.each(unary)("%s: derivatives, batches and nestings", (_, f, range) => {
    forAll(shapes(), (shape, seed) => checkRules({ f, make: uniform(shape, range) }, seed), 2);
  });

  it.each(binary)("%s: derivatives, batches and nestings", (_, f, first, second) => {
    forAll(
      shapes(),
      (shape, seed) => checkRules({ f, make: uniform(shape, first, second) }, seed),
      3,
    );
  });

  it("select: derivatives by the chosen branch, batches of mask and branches", () => {
    forAll(shapes(), (shape, seed) =>
      checkRules(
        {
          f: (mask, x, y) => p.select(mask, x, y),
          make: (s) => [s.booleans(shape), s.uniform(shape), s.uniform(shape)],
        },
        seed,
      ),
    );
  });

  it("cast: passes derivatives between floats", () => {
    forAll(shapes(), (shape, seed) =>
      checkRules(
        { f: (x) => p.mul(p.cast(p.cast(x, "f64"), "f64"), x), make: uniform(shape, [-2, 2]) },
        seed,
      ),
    );
  });

  it("trigamma is the derivative of digamma, with its own derivative", () => {
    const first = { second: false };
    for (const range of [
      [0.2, 6],
      [-1.7, -1.3],
    ] as const) {
      checkRules({ f: p.trigamma, make: uniform([3, 2], range) }, 5, first);
    }
  });

  it("steps and comparisons have no derivative, and batch", () => {
    const flat = [p.sign, p.floor, p.ceil, p.round, p.trunc] as const;
    const tests = [p.eq, p.ne, p.lt, p.le, p.gt, p.ge] as const;
    for (const f of flat) {
      forAll(
        shapes(),
        (shape, seed) => checkRules({ f, make: (s) => [s.uniform(shape, 0.1, 0.4)] }, seed),
        2,
      );
    }
    for (const f of tests) {
      forAll(
        shapes(),
        (shape, seed) =>
          checkRules({ f, make: (s) => [s.integers(shape, 0, 3), s.integers(shape, 0, 3)] }, seed, {
            gradients: false,
          }),
        2,
      );
    }
  });

  it("logical and bitwise operations batch", () => {
    for (const f of [p.and, p.or, p.xor]) {
      const make = (shape: number[]) => (s: Source) => [s.booleans(shape), s.booleans(shape)];
      forAll(
        shapes(),
        (shape, seed) => checkRules({ f, make: make(shape) }, seed, { gradients: false }),
        2,
      );
    }
    for (const f of [p.and, p.or, p.xor, p.shl, p.shr]) {
      const make = (shape: number[]) => (s: Source) => [
        s.integers(shape, -99, 99),
        s.integers(shape, 0, 9),
      ];
      forAll(
        shapes(),
        (shape, seed) => checkRules({ f, make: make(shape) }, seed, { gradients: false }),
        2,
      );
    }
  });

  it("every elementwise primitive is checked here", () => {
    const named = [...unary, ...binary].map(([name]) => name.split(" ")[0]);
    const others = ["select", "cast", "not", "isNan", "isFinite"];
    const flat = ["sign", "floor", "ceil", "round", "trunc"];
    const tests = ["eq", "ne", "lt", "le", "gt", "ge", "and", "or", "xor", "shl", "shr"];
    const known = new Set([...named, ...others, ...flat, ...tests]);
    expect([...p.elementwise.keys()].filter((name) => !known.has(name))).toEqual([]);
  });
});

describe("derivatives at special points", () => {
  const slope = (f: (x: Tensor) => Tensor, at: number): number =>
    grad((x: Tensor) => f(x))(tensor(at, { dtype: "f64" })).item();
  const slopes = (f: (x: Tensor, y: Tensor) => Tensor, x: number, y: number): number[] =>
    grad(f, { argnums: [0, 1] })(tensor(x, { dtype: "f64" }), tensor(y, { dtype: "f64" })).map(
      (g) => g.item(),
    );

  it("equal operands of max and min share the gradient", () => {
    expect(slopes(p.max, 2, 2)).toEqual([0.5, 0.5]);
    expect(slopes(p.min, -1, -1)).toEqual([0.5, 0.5]);
    expect(slopes(p.max, Infinity, 0)).toEqual([1, 0]);
  });

  it("the absolute value has slope 0 at 0", () => {
    expect(slope(p.abs, 0)).toBe(0);
  });

  it("powers of 0 have the slopes of their polynomials", () => {
    expect(slopes(p.pow, 0, 0)).toEqual([0, 0]);
    expect(slopes(p.pow, 0, 1)[0]).toBe(1);
    expect(slopes(p.pow, 0, 2)).toEqual([0, 0]);
    expect(slopes(p.pow, 0, 3)).toEqual([0, 0]);
    expect(slopes(p.pow, -2, 3)[0]).toBe(12);
    expect(slopes(p.pow, 3, 0)[0]).toBe(0);
    expect(slopes(p.pow, 2, 0)[1]).toBeCloseTo(Math.LN2, 14);
  });

  it("functions that saturate have slope 0 far out, not NaN", () => {
    for (const f of [p.tanh, p.sigmoid, p.erf, p.atan]) {
      expect(slope(f, 800)).toBeCloseTo(0, 5);
      expect(slope(f, -800)).toBeCloseTo(0, 5);
    }
    expect(slope(p.softplus, 800)).toBe(1);
    expect(slope(p.softplus, -800)).toBe(0);
  });

  it("the branch that select did not choose contributes nothing, though its value be infinite", () => {
    const f = (x: Tensor): Tensor => {
      const zero = tensor(0, { dtype: "f64" });
      return p.select(p.gt(x, zero), x, p.div(zero, zero));
    };
    expect(slope(f, 3)).toBe(1);
  });
});
