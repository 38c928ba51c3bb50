import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MapProgram } from "../../src/cpu/lower/map-program";
import { reduceLowering } from "../../src/cpu/lower/reduce";
import type { ReduceKind } from "../../src/cpu/lower/reduce-kind";
import { type DType, isFloat } from "../../src/dtype";
import { sizeOf } from "../../src/shape";
import { neutral, reference } from "./reduce-oracle";
import { engines, type Operand, operandOf, runLowering } from "./run-lowering";

const identity = (dtype: DType): MapProgram => ({
  inputs: [dtype],
  constants: [],
  code: [],
  outputs: [0],
});

const shapes = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
  fc.array(fc.integer({ min: 1, max: 45 }), { minLength: 2, maxLength: 2 }),
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 700 })),
  fc.tuple(fc.integer({ min: 1, max: 1500 }), fc.integer({ min: 1, max: 3 })),
  fc.tuple(
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 1, max: 12 }),
  ),
);

/** Values whose sums are exact in any order; products are of ones, twos and halves. */
function exactValues(kind: ReduceKind, dtype: DType, length: number): fc.Arbitrary<number[]> {
  const usual =
    dtype === "bool"
      ? fc.constantFrom(0, 1)
      : kind === "prod" && isFloat(dtype)
        ? fc.constantFrom(1, 1, 1, -1, 2, 0.5)
        : fc.integer({ min: dtype === "u8" || dtype === "u32" ? 0 : -99, max: 99 });
  const special = isFloat(dtype)
    ? fc.constantFrom(NaN, Infinity, -Infinity)
    : dtype === "bool"
      ? fc.constantFrom(0, 1)
      : fc.constant(dtype === "i32" ? -(2 ** 31) : dtype === "u32" ? 2 ** 32 - 1 : 255);
  const rarely = Math.max(100, length * 4);
  return fc.array(
    fc.oneof({ weight: rarely, arbitrary: usual }, { weight: 1, arbitrary: special }),
    { minLength: length, maxLength: length, size: "max" },
  );
}

const kindsOf = (dtype: DType): readonly ReduceKind[] =>
  dtype === "bool" ? ["any", "all", "max", "min"] : ["sum", "prod", "max", "min"];

interface Case {
  readonly kind: ReduceKind;
  readonly operand: Operand;
  readonly axes: readonly number[];
}

const cases = (dtype: DType): fc.Arbitrary<Case> =>
  fc.tuple(shapes, fc.constantFrom(...kindsOf(dtype))).chain(([shape, kind]) =>
    fc.record({
      kind: fc.constant(kind),
      operand: operandOf(dtype, shape, exactValues(kind, dtype, sizeOf(shape))),
      axes: fc.subarray([...shape.keys()]),
    }),
  );

describe.each(engines)("reduce in $name", (engine) => {
  const reduce = (
    kind: ReduceKind,
    operands: readonly Operand[],
    axes: readonly number[],
    program: MapProgram,
    dtype: DType,
    backwards = false,
  ): number[] => {
    const domain = operands[0]?.shape as readonly number[];
    const shape = domain.filter((_, axis) => !axes.includes(axis));
    const params = { program, kind, domain: [...domain], axes: [...axes] };
    const outputs = [{ dtype, shape }];
    return runLowering(engine, reduceLowering, operands, outputs, params, backwards)[0] as number[];
  };

  it.each(["f32", "f64", "i32", "u32", "u8", "bool"] as const)(
    "joins %s elements of any layout over any axes",
    (dtype) => {
      fc.assert(
        fc.property(cases(dtype), fc.boolean(), ({ kind, operand, axes }, backwards) => {
          const got = reduce(kind, [operand], axes, identity(dtype), dtype, backwards);
          const { shape, values } = operand;
          const expected = reference(kind, dtype, shape, axes, values);
          expect(got.map((x) => x + 0)).toEqual(expected.map((x) => x + 0));
        }),
        { numRuns: 150 },
      );
    },
  );

  // (x − m) · x with m broadcast along the reduced axis, and a mask of it: what a fused reduction is for.
  const spread: MapProgram = {
    inputs: ["f32", "f32"],
    constants: [{ dtype: "f32", value: 2 }],
    code: [
      { op: "sub", dtype: "f32", args: [0, 1] },
      { op: "mul", dtype: "f32", args: [3, 2] },
    ],
    outputs: [4],
  };

  it.each([
    [[1], [3, 1400]],
    [[0], [300, 70]],
    [[0], [70, 600]],
    [
      [0, 1],
      [200, 700],
    ],
    [[1], [5, 40, 7]],
    [
      [0, 2],
      [9, 20, 33],
    ],
    [[], [12, 13]],
  ])(
    "reduces what a program computes, over axes %j of %j, in any order of chunks",
    (axes, shape) => {
      const values = Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7) % 23) - 11);
      const last = shape.length - 1;
      const length = shape[last] as number;
      const rows = values.map((_, i) => Math.floor(i / length) % 5);
      const broadcast = shape.map((_, axis) => axis === last);
      const operands: Operand[] = [
        { dtype: "f32", shape, values },
        { dtype: "f32", shape, values: rows, broadcast },
      ];
      const terms = values.map((x, i) => (x - (rows[i] as number)) * 2);
      const expected = reference("sum", "f32", shape, axes, terms);
      for (const backwards of [false, true])
        expect(reduce("sum", operands, axes, spread, "f32", backwards)).toEqual(expected);
    },
  );

  it("stores what it joins in the dtype of the output", () => {
    const shape = [6];
    const values = [250, 3, 4, 0, 1, 7];
    const asBytes = { dtype: "u8", shape, values } as const;
    const cast: MapProgram = {
      inputs: ["u8"],
      constants: [],
      code: [{ op: "cast", dtype: "u8", to: "i32", args: [0] }],
      outputs: [1],
    };
    expect(reduce("sum", [asBytes], [0], identity("u8"), "u8")).toEqual([9]);
    expect(reduce("sum", [asBytes], [0], cast, "i32")).toEqual([265]);
    expect(reduce("any", [asBytes], [0], identity("u8"), "bool")).toEqual([1]);
    expect(reduce("all", [asBytes], [0], identity("u8"), "bool")).toEqual([0]);
    const tiny = { dtype: "f32", shape: [3], values: [1, 2 ** -40, 2 ** -40] } as const;
    expect(reduce("sum", [{ ...tiny, dtype: "f64" }], [0], identity("f64"), "f64")).toEqual([
      1 + 2 ** -39,
    ]);
    expect(reduce("max", [tiny], [0], identity("f32"), "f64")).toEqual([1]);
  });

  it.each([
    [[1], [40, 300]],
    [[0], [300, 40]],
    [
      [0, 1],
      [40, 300],
    ],
    [[1], [600, 5]],
    [[0], [5, 1300]],
  ])("joins the masks of comparisons of f32 and f64, over axes %j of %j", (axes, shape) => {
    const values = Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 31) % 997) - 3);
    for (const dtype of ["f32", "f64"] as const) {
      const below = (limit: number): MapProgram => ({
        inputs: [dtype],
        constants: [{ dtype, value: limit }],
        code: [{ op: "lt", dtype, args: [0, 1] }],
        outputs: [2],
      });
      for (const [kind, limit] of [
        ["any", -1],
        ["all", 993],
      ] as const) {
        const masks = values.map((x) => Number(x < limit));
        expect(reduce(kind, [{ dtype, shape, values }], axes, below(limit), "bool")).toEqual(
          reference(kind, "bool", shape, axes, masks),
        );
      }
    }
  });

  it("reduces programs without inputs, and values that are the same everywhere", () => {
    const three = { constants: [{ dtype: "f32", value: 3 }], code: [] } as const;
    const shape = [70, 90];
    const outputs = [{ dtype: "f32", shape: [70] }] as const;
    const params = { kind: "sum", domain: shape, axes: [1] } as const;
    const constant: MapProgram = { ...three, inputs: [], outputs: [0] };
    const [sums] = runLowering(engine, reduceLowering, [], outputs, {
      ...params,
      program: constant,
    });
    expect(sums).toEqual(new Array(70).fill(270));
    const scalar: Operand = {
      dtype: "f32",
      shape,
      values: new Array<number>(6300).fill(2),
      broadcast: [true, true],
    };
    const product: MapProgram = {
      ...three,
      inputs: ["f32"],
      code: [{ op: "mul", dtype: "f32", args: [0, 1] }],
      outputs: [2],
    };
    expect(reduce("sum", [scalar], [0, 1], product, "f32")).toEqual([6 * 6300]);
  });

  it("reduces the register that it is told to, not the one computed last", () => {
    const program: MapProgram = {
      inputs: ["f32"],
      constants: [],
      code: [
        { op: "neg", dtype: "f32", args: [0] },
        { op: "abs", dtype: "f32", args: [1] },
        { op: "sqrt", dtype: "f32", args: [2] },
        { op: "exp", dtype: "f32", args: [3] },
      ],
      outputs: [1],
    };
    const shape = [4, 300];
    const values = Array.from({ length: 1200 }, (_, i) => i % 10);
    for (const axes of [[0], [1]]) {
      const operand: Operand = { dtype: "f32", shape, values };
      expect(reduce("sum", [operand], axes, program, "f32")).toEqual(
        reference(
          "sum",
          "f32",
          shape,
          axes,
          values.map((x) => -x),
        ),
      );
    }
  });

  it("gives the neutral element where nothing is reduced", () => {
    for (const dtype of ["f32", "f64", "i32", "u32", "u8", "bool"] as const) {
      for (const kind of kindsOf(dtype)) {
        const empty: Operand = { dtype, shape: [2, 0, 3], values: [] };
        const expected = new Array<number>(6).fill(neutral[kind](dtype));
        expect(reduce(kind, [empty], [1], identity(dtype), dtype)).toEqual(expected);
        expect(reduce(kind, [empty], [0, 1, 2], identity(dtype), dtype)).toEqual(
          expected.slice(0, 1),
        );
        expect(reduce(kind, [empty], [0], identity(dtype), dtype)).toEqual([]);
      }
    }
  });

  it("lets NaN win over everything else in max and min", () => {
    const shape = [4, 37];
    for (const axes of [[1], [0], [0, 1]]) {
      const values = Array.from({ length: 148 }, (_, i) => (i === 77 ? NaN : Infinity));
      for (const dtype of ["f32", "f64"] as const) {
        for (const kind of ["max", "min"] as const) {
          const got = reduce(kind, [{ dtype, shape, values }], axes, identity(dtype), dtype);
          expect(got.filter(Number.isNaN)).toHaveLength(1);
        }
      }
    }
  });

  it("sums f32 with an error that does not grow with the length", () => {
    // Naive f32 summation of these is off by thousands of roundings.
    const n = 300_000;
    const values = Array.from({ length: n }, (_, i) => Math.fround(0.1 + (i % 7) * 0.01));
    const exact = values.reduce((sum, x) => sum + x, 0);
    for (const [shape, axes] of [
      [[n], [0]],
      [[n / 3, 3], [0]],
    ] as const) {
      const got = reduce("sum", [{ dtype: "f32", shape, values }], axes, identity("f32"), "f32");
      const sum = got.reduce((a, b) => a + b, 0);
      // At most 64 sequential additions in f32, each with a relative error of 2^−24, then f64; the last
      // rounding to f32 adds one more. Errors of both signs cancel: a tenth of the bound is what is seen.
      expect(Math.abs(sum - exact) / exact).toBeLessThan(8 * 2 ** -24);
    }
  });

  it("sums equal f32 numbers, whose roundings do not cancel, by fours", () => {
    for (const n of [1000, 300_000]) {
      const values = new Array<number>(n).fill(Math.fround(0.1));
      const operand: Operand = { dtype: "f32", shape: [n], values };
      const [sum] = reduce("sum", [operand], [0], identity("f32"), "f32");
      const exact = n * Math.fround(0.1);
      // An accumulator is rounded 16 times before f64 takes over, by at most 2^−24 of what it holds then, which is
      // half the block on average: a quarter of 16 · 2^−24 is expected. Feeding it one by one gives 10 · 2^−24.
      expect(Math.abs((sum as number) - exact) / exact).toBeLessThan(4 * 2 ** -24);
    }
  });
});
