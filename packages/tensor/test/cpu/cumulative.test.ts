import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CumulativeParams, cumulativeLowering } from "../../src/cpu/lower/cumulative";
import { recurrenceLowering } from "../../src/cpu/lower/recurrence";
import { contiguousStrides } from "../../src/shape";
import { engines, type Operand, operandOf, runLowering } from "./run-lowering";

type Scanned = "f32" | "f64" | "i32" | "u32";

/** Rounds to the dtype, wrapping integers. */
const rounding: Record<Scanned, (x: number) => number> = {
  f32: Math.fround,
  f64: (x) => x,
  i32: (x) => x | 0,
  u32: (x) => x >>> 0,
};

const shapes = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }),
  // Enough columns for several vectors and a remainder.
  fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 90 })),
);

/** y_0 = x_0 and y_i = step(y_{i−1}, x_i, place of x_i) along an axis, in plain loops. */
function scan(
  x: Operand,
  axis: number,
  reverse: boolean,
  step: (y: number, x: number, at: number) => number,
): number[] {
  const length = x.shape[axis] as number;
  const stride = contiguousStrides(x.shape)[axis] as number;
  const out = new Array<number>(x.values.length).fill(0);
  for (let flat = 0; flat < x.values.length; flat++) {
    if (Math.floor(flat / stride) % length !== 0) continue;
    let y = 0;
    for (let i = 0; i < length; i++) {
      const at = flat + (reverse ? length - 1 - i : i) * stride;
      y = i === 0 ? (x.values[at] as number) : step(y, x.values[at] as number, at);
      out[at] = y;
    }
  }
  return out;
}

const steps: Record<CumulativeParams["kind"], (d: Scanned) => (y: number, x: number) => number> = {
  // The running sum of f32 is not rounded on the way.
  sum: (d) => (y, x) => (d === "f32" ? y + x : rounding[d](y + x)),
  prod: (d) => (y, x) => (d[0] === "f" ? rounding[d](y * x) : rounding[d](Math.imul(y, x))),
  max: () => (y, x) => Math.max(y, x),
  min: () => (y, x) => Math.min(y, x),
};

describe.each(engines)("cumulative in $name", (engine) => {
  describe.each(["sum", "prod", "max", "min"] as const)("%s", (kind) => {
    it.each(["f32", "f64", "i32", "u32"] as const)(
      "of %s runs along any axis, both ways",
      (dtype) => {
        const cases = shapes.chain((shape) =>
          fc.record({
            x: operandOf(dtype, shape),
            axis: fc.nat(shape.length - 1),
            reverse: fc.boolean(),
          }),
        );
        fc.assert(
          fc.property(cases, fc.boolean(), ({ x, axis, reverse }, backwards) => {
            const expected = scan(x, axis, reverse, steps[kind](dtype)).map(rounding[dtype]);
            const outputs = [{ dtype, shape: x.shape }];
            const params = { kind, axis, reverse };
            const [out] = runLowering(engine, cumulativeLowering, [x], outputs, params, backwards);
            expect(out).toEqual(expected);
          }),
          { numRuns: 40 },
        );
      },
    );
  });

  it("sums a long f32 column to the last bit of its exact value", () => {
    // In f32 alone the sum of 200 000 terms 0.1 would be wrong in the third digit.
    const length = 200_000;
    for (const shape of [[length], [length / 100, 100]]) {
      const values = new Array<number>(length).fill(Math.fround(0.1));
      const x = { dtype: "f32", shape, values } as const;
      const outputs = [{ dtype: "f32" as const, shape }];
      const params = { kind: "sum", axis: 0, reverse: false } as const;
      const [out] = runLowering(engine, cumulativeLowering, [x], outputs, params, true);
      const exact = Math.fround(Math.fround(0.1) * (shape[0] as number));
      expect(out?.at(-1)).toBe(exact);
    }
  });
});

describe.each(engines)("recurrence in $name", (engine) => {
  it.each(["f32", "f64"] as const)("of %s multiplies what came before and adds", (dtype) => {
    const cases = shapes.chain((shape) =>
      fc.record({
        a: operandOf(dtype, shape),
        b: operandOf(dtype, shape),
        axis: fc.nat(shape.length - 1),
        reverse: fc.boolean(),
      }),
    );
    const round = rounding[dtype];
    fc.assert(
      fc.property(cases, fc.boolean(), ({ a, b, axis, reverse }, backwards) => {
        const step = (y: number, x: number, at: number): number =>
          round(round((a.values[at] as number) * y) + x);
        const expected = scan(b, axis, reverse, step);
        const outputs = [{ dtype, shape: b.shape }];
        const params = { axis, reverse };
        const [out] = runLowering(engine, recurrenceLowering, [a, b], outputs, params, backwards);
        expect(out).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});
