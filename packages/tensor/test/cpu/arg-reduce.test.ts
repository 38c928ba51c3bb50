import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { argReduceLowering } from "../../src/cpu/lower/arg-reduce";
import { dtypes } from "../../src/dtype";
import { contiguousStrides } from "../../src/shape";
import { engines, type Operand, operandOf, runLowering } from "./run-lowering";

const shapes = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }).chain((shape) =>
    fc.nat(shape.length - 1).map((axis) => ({
      axis,
      shape: shape.with(axis, Math.max(1, shape[axis] as number)),
    })),
  ),
  // Long enough for every remainder of the vector loops.
  fc.record({
    axis: fc.nat(1),
    shape: fc.tuple(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 80 })),
  }),
);

/** NumPy's argmax / argmin in plain loops. */
function argReduce(x: Operand, axis: number, kind: "max" | "min"): number[] {
  const length = x.shape[axis] as number;
  const stride = contiguousStrides(x.shape)[axis] as number;
  const out: number[] = [];
  for (let flat = 0; flat < x.values.length; flat++) {
    if (Math.floor(flat / stride) % length !== 0) continue;
    const line = Array.from({ length }, (_, i) => x.values[flat + i * stride] as number);
    const nan = line.findIndex(Number.isNaN);
    const best = line.reduce((a, b) => ((kind === "max" ? b > a : b < a) ? b : a));
    out.push(nan >= 0 ? nan : line.indexOf(best));
  }
  return out;
}

describe.each(engines)("argReduce in $name", (engine) => {
  describe.each(["max", "min"] as const)("%s", (kind) => {
    it.each(dtypes)("of strided %s finds the first among equals and NaN before all", (dtype) => {
      const cases = shapes.chain(({ shape, axis }) =>
        fc.record({ x: operandOf(dtype, shape), axis: fc.constant(axis) }),
      );
      fc.assert(
        fc.property(cases, fc.boolean(), ({ x, axis }, backwards) => {
          const shape = x.shape.filter((_, a) => a !== axis);
          const outputs = [{ dtype: "i32" as const, shape }];
          const params = { kind, axis };
          const [out] = runLowering(engine, argReduceLowering, [x], outputs, params, backwards);
          expect(out).toEqual(argReduce(x, axis, kind));
        }),
        { numRuns: 60 },
      );
    });

    it("searches arrays of many chunks along either axis", () => {
      const shape = [900, 700];
      const values = Array.from({ length: 630_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >> 8);
      for (const dtype of ["f32", "f64", "i32"] as const) {
        for (const axis of [0, 1]) {
          const x = { dtype, shape, values };
          const outputs = [{ dtype: "i32" as const, shape: [shape[1 - axis] as number] }];
          const params = { kind, axis };
          const [out] = runLowering(engine, argReduceLowering, [x], outputs, params, true);
          expect(out).toEqual(argReduce(x, axis, kind));
        }
      }
    });
  });
});
