import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatLowering } from "../../src/cpu/lower/concat";
import { padLowering } from "../../src/cpu/lower/pad";
import { dtypes } from "../../src/dtype";
import { contiguousStrides, sizeOf } from "../../src/shape";
import { engines, operandOf, runLowering, valuesOf } from "./run-lowering";

/** Index of each axis at a flat position in C order. */
const indexAt = (shape: readonly number[], flat: number): number[] =>
  contiguousStrides(shape).map((s, axis) => Math.floor(flat / s) % (shape[axis] as number));

const flatAt = (shape: readonly number[], index: readonly number[]): number =>
  contiguousStrides(shape).reduce((at, s, axis) => at + s * (index[axis] as number), 0);

const small = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 });

describe.each(engines)("joining in $name", (engine) => {
  it.each(dtypes)("concat puts strided %s inputs one after the other", (dtype) => {
    const cases = small.chain((shape) =>
      fc.nat(shape.length - 1).chain((axis) =>
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }).chain((lengths) =>
          fc.record({
            axis: fc.constant(axis),
            xs: fc.tuple(...lengths.map((n) => operandOf(dtype, shape.with(axis, n)))),
          }),
        ),
      ),
    );
    fc.assert(
      fc.property(cases, ({ axis, xs }) => {
        const total = xs.reduce((sum, x) => sum + (x.shape[axis] as number), 0);
        const shape = (xs[0]?.shape ?? []).with(axis, total);
        const expected = Array.from({ length: sizeOf(shape) }, (_, flat) => {
          const index = indexAt(shape, flat);
          for (const x of xs) {
            const n = x.shape[axis] as number;
            if ((index[axis] as number) < n) return x.values[flatAt(x.shape, index)];
            index[axis] = (index[axis] as number) - n;
          }
          return undefined;
        });
        const [out] = runLowering(engine, concatLowering, xs, [{ dtype, shape }], { axis });
        expect(out).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  const padCases = (dtype: (typeof dtypes)[number], sides: fc.Arbitrary<number>) =>
    small.chain((shape) =>
      fc.record({
        x: operandOf(dtype, shape),
        value: valuesOf(dtype, 1),
        padding: fc.tuple(...shape.map(() => fc.tuple(sides, sides))),
      }),
    );

  it.each(dtypes)("pad surrounds strided %s data with the value", (dtype) => {
    // Wide borders are filled whole, narrow ones around large interiors box by box: see the next test.
    const cases = padCases(dtype, fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(cases, ({ x, value, padding }) => {
        const shape = x.shape.map(
          (n, axis) => n + (padding[axis]?.[0] ?? 0) + (padding[axis]?.[1] ?? 0),
        );
        const expected = Array.from({ length: sizeOf(shape) }, (_, flat) => {
          const index = indexAt(shape, flat).map((i, axis) => i - (padding[axis]?.[0] ?? 0));
          const inside = index.every((i, axis) => i >= 0 && i < (x.shape[axis] as number));
          return inside ? x.values[flatAt(x.shape, index)] : value[0];
        });
        const inputs = [x, { dtype, shape: [], values: value }];
        const [out] = runLowering(engine, padLowering, inputs, [{ dtype, shape }], { padding });
        expect(out).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it("pad fills only the border of a large array", () => {
    const values = Array.from({ length: 400 * 500 }, (_, i) => i);
    const x = { dtype: "f32", shape: [400, 500], values } as const;
    const value = { dtype: "f32", shape: [], values: [-1] } as const;
    const padding = [
      [2, 1],
      [0, 3],
    ] as const;
    const output = { dtype: "f32", shape: [403, 503] } as const;
    const [out] = runLowering(engine, padLowering, [x, value], [output], { padding }, true);
    const expected = new Array<number>(403 * 503).fill(-1);
    for (let i = 0; i < 400; i++)
      for (let j = 0; j < 500; j++) expected[(i + 2) * 503 + j] = i * 500 + j;
    expect(out).toEqual(expected);
    const view = { ...output, pointer: 0, strides: [503, 1] };
    const launches = padLowering.launch(
      [
        { ...x, pointer: 0, strides: [500, 1] },
        { ...value, pointer: 0, strides: [] },
      ],
      [view],
      { padding },
      0,
    );
    expect(launches).toHaveLength(4);
  });
});
