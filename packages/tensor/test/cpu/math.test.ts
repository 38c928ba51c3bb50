import { describe, expect, it } from "vitest";
import { sigmoid, softplus } from "../../src/cpu/fallback/special";
import type { UnaryMapOp } from "../../src/cpu/lower/map-program";
import golden from "../golden/special-functions.json";
import { apply, type Float, worst } from "./math-apply";
import { engines } from "./run-lowering";

const points = (dtype: Float, [low, high]: readonly [number, number]): number[] =>
  Array.from({ length: 1500 }, (_, i) => {
    const x = low + (high - low) * ((i * 0.6180339887498949) % 1);
    return dtype === "f32" ? Math.fround(x) : x;
  });

/**
 * What to compare with, the bounds in units in the last place that the kernels keep in f32 and f64, and the
 * ends of ranges to try.
 */
const functions: readonly (readonly [
  op: UnaryMapOp,
  reference: (x: number) => number,
  f32: number,
  f64: number,
  ends: readonly number[],
])[] = [
  ["exp", Math.exp, 1, 1, [-1, 1, -110, 90, -750, 712]],
  ["expm1", Math.expm1, 1.5, 1.5, [-1e-3, 1e-3, -1, 1, -50, 90]],
  ["log", Math.log, 1, 1, [0.9, 1.1, 0, 10, 0, 1e-38, 0, 1e38]],
  ["log1p", Math.log1p, 1, 1, [-1e-4, 1e-4, -1, 2, 0, 1e9]],
  ["tanh", Math.tanh, 2.5, 2.5, [-0.01, 0.01, -1, 1, -20, 20]],
  ["sigmoid", sigmoid, 2, 2.5, [-5, 5, -110, 90]],
  ["softplus", softplus, 1.5, 1.5, [-5, 5, -110, 90]],
  ["sin", Math.sin, 0.51, 0.75, [-7, 7, -1e5, 1e5, -1e7, 1e7, -1e30, 1e30]],
  ["cos", Math.cos, 0.51, 0.75, [-7, 7, -1e5, 1e5, -1e7, 1e7, -1e30, 1e30]],
  ["tan", Math.tan, 0.51, 2, [-7, 7, -1e5, 1e5, -1e30, 1e30]],
  ["asin", Math.asin, 0.51, 2, [-0.01, 0.01, -1, 1]],
  ["acos", Math.acos, 0.51, 2, [-1, 1, 0.99, 1]],
  ["atan", Math.atan, 0.51, 1.5, [-1, 1, -10, 10, -1e9, 1e9]],
  ["sinh", Math.sinh, 0.51, 2, [-1, 1, -90, 90, -711, 711]],
  ["cosh", Math.cosh, 0.51, 1.5, [-1, 1, -90, 90, -711, 711]],
  ["asinh", Math.asinh, 0.51, 2, [-0.1, 0.1, -10, 10, -1e12, 1e12]],
  ["acosh", Math.acosh, 0.51, 2, [1, 3, 1, 1e12]],
  ["atanh", Math.atanh, 0.51, 2, [-0.1, 0.1, -1, 1]],
];

describe.each(engines)("elementary functions in $name", (engine) => {
  it.each(functions)("%s is accurate to the last places", (op, reference, f32, f64, ends) => {
    for (let k = 0; k < ends.length; k += 2) {
      const range = [ends[k] as number, ends[k + 1] as number] as const;
      for (const dtype of ["f32", "f64"] as const) {
        const x = points(dtype, range);
        const expected = x.map(reference);
        const { error, at } = worst(dtype, apply(engine, op, dtype, x), expected);
        // The reference has an error of its own of up to one place in f64, which f32 does not see.
        const bound = dtype === "f32" ? f32 : f64 + 1;
        expect(error, `${op} of ${x[at]} in ${dtype}`).toBeLessThanOrEqual(bound);
      }
    }
  });

  it.each(["erf", "erfc", "erfinv"] as const)("%s agrees with published values", (op) => {
    const x = golden[op].map(([argument]) => argument as number);
    const expected = golden[op].map(([, value]) => value as number);
    expect(worst("f32", apply(engine, op, "f32", x), expected).error).toBeLessThanOrEqual(0.6);
    // The plain JavaScript versions are series: compact, and some places less accurate.
    const bound = engine.name === "wasm" ? 2 : 200;
    expect(worst("f64", apply(engine, op, "f64", x), expected).error).toBeLessThanOrEqual(bound);
  });

  it.each(["lgamma", "digamma"] as const)("%s agrees with published values", (op) => {
    const x = golden[op].map(([argument]) => argument as number);
    const expected = golden[op].map(([, value]) => value as number);
    // Near the zeros, and for digamma near the poles, the absolute error is what is small.
    expect(worst("f32", apply(engine, op, "f32", x), expected).error).toBeLessThanOrEqual(0.6);
    const got = apply(engine, op, "f64", x);
    expect(worst("f64", got, expected, 5e-15).error).toBeLessThanOrEqual(4);
  });

  it("pow is accurate to the last places", () => {
    for (const [low, high, most] of [
      [0.01, 100, 20],
      [0.999, 1.001, 5000],
      [1e-300, 1e300, 1],
    ] as const) {
      for (const dtype of ["f32", "f64"] as const) {
        const x = points(dtype, [low, high]).map(Math.abs);
        const y = points(dtype, [-most, most]).reverse();
        const expected = x.map((v, i) => v ** (y[i] as number));
        const got = apply(engine, "pow", dtype, x, y);
        // V8's own power, the reference, is off by up to 1.5 places in f64.
        const bound = dtype === "f32" ? 0.51 : 2.5;
        expect(worst(dtype, got, expected).error).toBeLessThanOrEqual(bound);
      }
    }
  });
});
