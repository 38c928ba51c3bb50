import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { convLowering } from "../../src/cpu/lower/conv";
import type { ConvParams } from "../../src/primitives/conv";
import { sizeOf } from "../../src/shape";
import { convReference, convShape } from "./conv-reference";
import { engines, type Operand, operandOf, runLowering } from "./run-lowering";

/** Small whole numbers: their products and sums are exact in f32, so results must be equal, not close. */
const whole = (shape: readonly number[]): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: -4, max: 4 }), {
    minLength: sizeOf(shape),
    maxLength: sizeOf(shape),
    size: "max",
  });

/** Whole numbers of both signs without a pattern that a wrong stride could keep. */
const scattered = (shape: readonly number[]): number[] =>
  Array.from({ length: sizeOf(shape) }, (_, i) => ((i * i * 7 + i * 13) % 9) - 4);

interface Case {
  readonly x: Operand;
  readonly w: Operand;
  readonly params: ConvParams;
}

const axis = fc.record({
  input: fc.integer({ min: 0, max: 7 }),
  window: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  before: fc.integer({ min: -2, max: 4 }),
  after: fc.integer({ min: -2, max: 4 }),
  lhs: fc.integer({ min: 1, max: 4 }),
  rhs: fc.integer({ min: 1, max: 3 }),
});

const plainAxis = axis.map((a) => ({ ...a, lhs: 1, rhs: 1 }));

const caseOf = (dtype: "f32" | "f64"): fc.Arbitrary<Case> =>
  fc
    .record({
      axes: fc.array(fc.oneof(axis, plainAxis), { minLength: 1, maxLength: 3 }),
      batch: fc.integer({ min: 0, max: 3 }),
      channels: fc.integer({ min: 0, max: 3 }),
      outputs: fc.constantFrom(0, 1, 2, 3, 5, 9, 18),
      groups: fc.constantFrom(1, 1, 1, 2, 3, 9),
      byBatch: fc.boolean(),
    })
    .chain(({ axes, batch, channels, outputs, groups, byBatch }) => {
      const spatial = axes.map((a) => a.input);
      const x = byBatch
        ? [batch * groups, channels, ...spatial]
        : [batch, channels * groups, ...spatial];
      const w = [outputs * groups, channels, ...axes.map((a) => a.window)];
      const params: ConvParams = {
        strides: axes.map((a) => a.stride),
        padding: axes.map((a): [number, number] => [a.before, a.after]),
        lhsDilation: axes.map((a) => a.lhs),
        rhsDilation: axes.map((a) => a.rhs),
        groups: byBatch ? 1 : groups,
        batchGroups: byBatch ? groups : 1,
      };
      return fc.record({
        x: operandOf(dtype, x, whole(x)),
        w: operandOf(dtype, w, whole(w)),
        params: fc.constant(params),
      });
    });

const usual: ConvParams = {
  strides: [1, 1],
  padding: [
    [1, 1],
    [1, 1],
  ],
  lhsDilation: [1, 1],
  rhsDilation: [1, 1],
  groups: 1,
  batchGroups: 1,
};

/** Large enough for several chunks of every kind; named after what they exercise. */
const large: readonly [string, readonly number[], readonly number[], ConvParams][] = [
  ["several chunks of positions", [5, 6, 15, 14], [20, 6, 3, 3], usual],
  ["several chunks of blocks", [1, 150, 4, 4], [200, 150, 2, 2], usual],
  [
    "few sums of many products",
    [5, 40, 12, 12],
    [10, 40, 10, 10],
    {
      ...usual,
      padding: [
        [1, 0],
        [1, 1],
      ],
    },
  ],
  ["more taps than a table holds", [2, 460, 6, 6], [9, 460, 3, 3], usual],
  ["a depthwise kernel", [3, 37, 11, 12], [37, 1, 3, 3], { ...usual, groups: 37, strides: [2, 1] }],
  [
    "the kernel's gradient of a depthwise convolution",
    [36, 8, 12, 12],
    [36, 8, 12, 12],
    { ...usual, batchGroups: 36 },
  ],
  [
    "a transposed convolution",
    [2, 12, 9, 9],
    [16, 12, 4, 4],
    {
      ...usual,
      lhsDilation: [2, 2],
      padding: [
        [2, 2],
        [2, 2],
      ],
    },
  ],
];

const run = (
  engine: (typeof engines)[number],
  { x, w, params }: Case,
  backwards = false,
): number[] => {
  const shape = convShape(x.shape, w.shape, params);
  const outputs = [{ dtype: x.dtype, shape }];
  const [out] = runLowering(engine, convLowering, [x, w], outputs, params, backwards);
  return (out as number[]).map((v) => v + 0);
};

describe.each(engines)("conv in $name", (engine) => {
  it.each(["f32", "f64"] as const)(
    "equals the sum of its products for any %s shapes, strides, dilations and groups",
    (dtype) => {
      fc.assert(
        fc.property(caseOf(dtype), fc.boolean(), (c, backwards) => {
          expect(run(engine, c, backwards)).toEqual(convReference(c.x, c.w, c.params));
        }),
        { numRuns: 400 },
      );
    },
  );

  it("lets NaN and infinities of the input into the windows that cover them, and nowhere else", () => {
    const shapes = fc.record({
      groups: fc.constantFrom(1, 9),
      input: fc.integer({ min: 1, max: 7 }),
      stride: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(
        shapes.chain(({ groups, input, stride }) => {
          const x = [2, 2 * groups, 6, input];
          const w = [groups * 3, 2, 3, 3];
          const params = { ...usual, strides: [1, stride], groups };
          return fc.record({
            x: operandOf("f32", x),
            w: operandOf("f32", w, whole(w)),
            params: fc.constant(params),
          });
        }),
        (c) => {
          expect(run(engine, c)).toEqual(convReference(c.x, c.w, c.params));
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each(large)("is exact for %s, whichever chunk comes first", (_, xShape, wShape, params) => {
    for (const dtype of ["f32", "f64"] as const) {
      const x = { dtype, shape: xShape, values: scattered(xShape) };
      const w = { dtype, shape: wShape, values: scattered(wShape) };
      const expected = convReference(x, w, params);
      expect(run(engine, { x, w, params })).toEqual(expected);
      expect(run(engine, { x, w, params }, true)).toEqual(expected);
    }
  });

  it("has the same bits in any order of chunks, within the rounding of one sum", () => {
    for (const [, xShape, wShape, params] of large) {
      const fraction = (shape: readonly number[]): number[] =>
        scattered(shape).map((v, i) => Math.fround(v / 3 + (i % 17) / 19));
      const x = { dtype: "f32", shape: xShape, values: fraction(xShape) } as const;
      const w = { dtype: "f32", shape: wShape, values: fraction(wShape) } as const;
      const out = run(engine, { x, w, params });
      expect(run(engine, { x, w, params }, true)).toEqual(out);
      const expected = convReference(x, w, params);
      const absolute = (v: Operand): Operand => ({ ...v, values: v.values.map(Math.abs) });
      const scale = convReference(absolute(x), absolute(w), params);
      // Each product and each addition rounds once: at most (taps + 1) · 2^-24 of the sum of magnitudes.
      const bound = (sizeOf(wShape.slice(1)) + 1) * 2 ** -24;
      const worst = out.reduce((most, v, i) => {
        const error = Math.abs(v - (expected[i] as number)) / ((scale[i] as number) || 1);
        return Math.max(most, error);
      }, 0);
      expect(worst).toBeLessThanOrEqual(bound);
    }
  });
});
