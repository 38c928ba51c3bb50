import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Launch } from "../../src/cpu/launch";
import { copyInto, copyLowering, fillInto } from "../../src/cpu/lower/copy";
import type { View } from "../../src/cpu/view";
import { dtypes } from "../../src/dtype";
import { contiguousStrides, sizeOf } from "../../src/shape";
import { engines, operandOf, runLowering } from "./run-lowering";

const shapes = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 }),
  // Long enough for several blocks and for every remainder of the vector loops.
  fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 2, maxLength: 2 }),
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 60, max: 70 }), fc.constant(20)),
);

describe.each(engines)("copy in $name", (engine) => {
  it.each(dtypes)("moves every element of any strided %s view to its place", (dtype) => {
    const cases = shapes.chain((shape) => operandOf(dtype, shape));
    fc.assert(
      fc.property(cases, fc.boolean(), (operand, backwards) => {
        const { shape } = operand;
        const outputs = [{ dtype, shape }];
        const [out] = runLowering(engine, copyLowering, [operand], outputs, {}, backwards);
        expect(out).toEqual(operand.values);
      }),
      { numRuns: 60 },
    );
  });

  it("copies arrays of many chunks, straight and transposed, in any order of chunks", () => {
    const shape = [300, 400];
    const values = Array.from({ length: 120_000 }, (_, i) => i);
    for (const dtype of ["f32", "f64"] as const) {
      for (const order of [
        [0, 1],
        [1, 0],
      ]) {
        const operand = { dtype, shape, values, order };
        const [out] = runLowering(engine, copyLowering, [operand], [{ dtype, shape }], {}, true);
        expect(out).toEqual(values);
      }
    }
  });

  it("writes into strided destinations and leaves what lies between alone", () => {
    const target = fc
      .array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 })
      .chain((shape) =>
        fc.record({
          source: operandOf("i32", shape),
          from: fc.tuple(...shape.map(() => fc.nat(2))),
          more: fc.tuple(...shape.map(() => fc.nat(2))),
          flip: fc.tuple(...shape.map(() => fc.boolean())),
        }),
      );
    fc.assert(
      fc.property(target, fc.boolean(), ({ source, from, more, flip }, fill) => {
        const { shape } = source;
        const whole = shape.map((n, axis) => n + (from[axis] as number) + (more[axis] as number));
        const steps = contiguousStrides(whole);
        const window = (out: View): View => ({
          ...out,
          shape,
          strides: steps.map((s, axis) => (flip[axis] ? -s : s)),
          pointer: steps.reduce(
            (at, s, axis) =>
              at +
              4 * s * ((from[axis] as number) + (flip[axis] ? (shape[axis] as number) - 1 : 0)),
            out.pointer,
          ),
        });
        const lowering = {
          launch: ([x]: readonly View[], [out]: readonly View[]): Launch[] => [
            fillInto(out as View, [-7]),
            fill ? fillInto(window(out as View), [5]) : copyInto(x as View, window(out as View)),
          ],
        };
        const [out] = runLowering(engine, lowering, [source], [{ dtype: "i32", shape: whole }], {});
        const expected = new Array<number>(sizeOf(whole)).fill(-7);
        const inner = contiguousStrides(shape);
        source.values.forEach((value, flat) => {
          let at = 0;
          shape.forEach((n, axis) => {
            const i = Math.floor(flat / (inner[axis] as number)) % n;
            at += ((from[axis] as number) + (flip[axis] ? n - 1 - i : i)) * (steps[axis] as number);
          });
          expected[at] = fill ? 5 : value;
        });
        expect(out).toEqual(expected);
      }),
    );
  });

  it("keeps the bits of what it copies", () => {
    const shape = [3, 4];
    const bits = [0x7fc00001, 0xffc12345, 0x80000000, 0x7f800001];
    const values = shape.flatMap(() => bits).concat(bits);
    const operand = { dtype: "u32", shape, values, order: [1, 0] } as const;
    const asFloats = {
      launch: ([x]: readonly View[], [out]: readonly View[]): Launch[] => [
        copyInto({ ...(x as View), dtype: "f32" }, { ...(out as View), dtype: "f32" }),
      ],
    };
    expect(runLowering(engine, asFloats, [operand], [{ dtype: "u32", shape }], {})[0]).toEqual(
      values,
    );
  });
});
