import { describe, expect, it } from "vitest";
import { mapLowering } from "../../src/cpu/lower/map";
import type { UnaryMapOp } from "../../src/cpu/lower/map-program";
import { apply, worst } from "./math-apply";
import { engines, runLowering } from "./run-lowering";

const specials: readonly (readonly [UnaryMapOp, number, number])[] = [
  ["exp", -Infinity, 0],
  ["exp", Infinity, Infinity],
  ["exp", 800, Infinity],
  ["exp", -800, 0],
  ["exp", 0, 1],
  ["expm1", -Infinity, -1],
  ["expm1", Infinity, Infinity],
  ["expm1", -0, -0],
  ["log", 0, -Infinity],
  ["log", -0, -Infinity],
  ["log", -1, NaN],
  ["log", -Infinity, NaN],
  ["log", Infinity, Infinity],
  ["log", 1, 0],
  ["log1p", -1, -Infinity],
  ["log1p", -2, NaN],
  ["log1p", -Infinity, NaN],
  ["log1p", Infinity, Infinity],
  ["log1p", -0, -0],
  ["tanh", Infinity, 1],
  ["tanh", -Infinity, -1],
  ["tanh", -0, -0],
  ["sigmoid", Infinity, 1],
  ["sigmoid", -Infinity, 0],
  ["sigmoid", 0, 0.5],
  ["softplus", Infinity, Infinity],
  ["softplus", -Infinity, 0],
  ["sin", Infinity, NaN],
  ["sin", -Infinity, NaN],
  ["sin", -0, -0],
  ["cos", Infinity, NaN],
  ["cos", 0, 1],
  ["tan", -Infinity, NaN],
  ["tan", -0, -0],
  ["asin", 1.5, NaN],
  ["asin", -Infinity, NaN],
  ["asin", 1, Math.PI / 2],
  ["asin", -0, -0],
  ["acos", 1, 0],
  ["acos", -1, Math.PI],
  ["acos", -1.5, NaN],
  ["acos", Infinity, NaN],
  ["atan", Infinity, Math.PI / 2],
  ["atan", -Infinity, -Math.PI / 2],
  ["atan", -0, -0],
  ["sinh", Infinity, Infinity],
  ["sinh", -Infinity, -Infinity],
  ["sinh", 800, Infinity],
  ["sinh", -0, -0],
  ["cosh", -Infinity, Infinity],
  ["cosh", 800, Infinity],
  ["asinh", Infinity, Infinity],
  ["asinh", -Infinity, -Infinity],
  ["asinh", -0, -0],
  ["acosh", 1, 0],
  ["acosh", 0.5, NaN],
  ["acosh", -Infinity, NaN],
  ["acosh", Infinity, Infinity],
  ["atanh", 1, Infinity],
  ["atanh", -1, -Infinity],
  ["atanh", 2, NaN],
  ["atanh", Infinity, NaN],
  ["atanh", -0, -0],
  ["erf", Infinity, 1],
  ["erf", -Infinity, -1],
  ["erf", -0, -0],
  ["erfc", Infinity, 0],
  ["erfc", -Infinity, 2],
  ["erfc", 0, 1],
  ["erfinv", 1, Infinity],
  ["erfinv", -1, -Infinity],
  ["erfinv", 1.5, NaN],
  ["erfinv", -Infinity, NaN],
  ["erfinv", -0, -0],
  ["lgamma", 0, Infinity],
  ["lgamma", -3, Infinity],
  ["lgamma", Infinity, Infinity],
  ["lgamma", -Infinity, Infinity],
  ["lgamma", 1, 0],
  ["lgamma", 2, 0],
  ["digamma", 0, -Infinity],
  ["digamma", -0, Infinity],
  ["digamma", -2, NaN],
  ["digamma", Infinity, Infinity],
  ["digamma", -Infinity, NaN],
];

const operations = [...new Set(specials.map(([op]) => op))];

const powers: readonly (readonly [number, number, number])[] = [
  [2, 10, 1024],
  [2, -1074, 2 ** -1074],
  [-2, 3, -8],
  [-2, 2, 4],
  [-8, 1 / 3, NaN],
  [0, 0, 1],
  [NaN, 0, 1],
  [1, NaN, 1],
  [1, Infinity, 1],
  [-1, Infinity, 1],
  [-1, -Infinity, 1],
  [-1, NaN, NaN],
  [0, 3, 0],
  [-0, 3, -0],
  [-0, 2, 0],
  [0, -1, Infinity],
  [-0, -1, -Infinity],
  [-0, -2, Infinity],
  [-0, 0.5, 0],
  [Infinity, 2, Infinity],
  [Infinity, -2, 0],
  [-Infinity, 3, -Infinity],
  [-Infinity, -3, -0],
  [-Infinity, 0.5, Infinity],
  [0.5, Infinity, 0],
  [0.5, -Infinity, Infinity],
  [2, Infinity, Infinity],
  [-2, -Infinity, 0],
  [3, 1e300, Infinity],
  [3, -1e300, 0],
  [NaN, 1, NaN],
];

describe.each(engines)("elementary functions in $name", (engine) => {
  it.each(specials)("%s of %s is %s", (op, x, expected) => {
    for (const dtype of ["f32", "f64"] as const) {
      const [y] = apply(engine, op, dtype, [x]);
      expect(y).toBe(dtype === "f32" ? Math.fround(expected) : expected);
    }
  });

  it.each(operations)("%s of NaN is NaN", (op) => {
    for (const dtype of ["f32", "f64"] as const)
      expect(apply(engine, op, dtype, [NaN, 0.5])[0]).toBeNaN();
  });

  it.each(operations)("%s of an element does not depend on its neighbours", (op) => {
    // Every kind of number beside every other in a vector: the usual and the rare paths at once.
    const kinds = [0.3, NaN, 1e-40, Infinity, -0.7, 1e30, -Infinity, -1e-40, 0, 90, -90, 1e9, 1];
    const x = Array.from({ length: 13 * 13 }, (_, i) =>
      Math.fround(kinds[(i * (1 + Math.floor(i / 13))) % 13] as number),
    );
    for (const dtype of ["f32", "f64"] as const) {
      const alone = new Map(x.map((v) => [v, apply(engine, op, dtype, [v])[0]]));
      expect(apply(engine, op, dtype, x)).toEqual(x.map((v) => alone.get(v)));
    }
  });

  it.each(powers)("%s to the power of %s is %s", (x, y, expected) => {
    expect(apply(engine, "pow", "f64", [x], [y])[0]).toBe(expected);
    const single = apply(engine, "pow", "f32", [x], [Math.fround(y)])[0];
    expect(single).toBe(Math.fround(expected));
  });

  it("atan2 and rem agree with their definitions on every pair of special values", () => {
    const kinds = [0, -0, 1, -1, 0.5, -2.5, 3, Infinity, -Infinity, NaN, 1e300, -1e300, 1e-310];
    const y = kinds.flatMap((a) => kinds.map(() => a));
    const x = kinds.flatMap(() => kinds);
    const angles = y.map((a, i) => Math.atan2(a, x[i] as number));
    expect(worst("f64", apply(engine, "atan2", "f64", y, x), angles).error).toBeLessThanOrEqual(1);
    const signs = apply(engine, "atan2", "f64", y, x).map((a) => Object.is(a, -0));
    expect(signs).toEqual(angles.map((a) => Object.is(a, -0)));
    const remainders = y.map((a, i) => a % (x[i] as number));
    expect(apply(engine, "rem", "f64", y, x)).toEqual(remainders);
  });

  it("powers of integers wrap, and negative exponents truncate towards zero", () => {
    const power = (dtype: "i32" | "u32" | "u8", x: number[], n: number[]): number[] => {
      const shape = [x.length];
      const program = {
        inputs: [dtype, dtype],
        constants: [],
        code: [{ op: "pow", dtype, args: [0, 1] } as const],
        outputs: [2],
      };
      const operands = [x, n].map((values) => ({ dtype, shape, values }));
      const outputs = [{ dtype, shape }];
      return runLowering(engine, mapLowering, operands, outputs, { program })[0] as number[];
    };
    expect(power("i32", [2, -3, 3, 7, 2, 1, -1, -1, 0], [31, 3, 0, 40, -1, -5, -5, -4, 0])).toEqual(
      [-(2 ** 31), -27, 1, Number(BigInt.asIntN(32, 7n ** 40n)), 0, 1, -1, 1, 1],
    );
    expect(power("u32", [3, 2], [25, 32])).toEqual([Number(BigInt.asUintN(32, 3n ** 25n)), 0]);
    expect(power("u8", [3, 2], [7, 8])).toEqual([3 ** 7 % 256, 0]);
  });
});
