import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mapLowering } from "../../src/cpu/lower/map";
import { laneWidth, type MapProgram, registerTypes } from "../../src/cpu/lower/map-program";
import type { View } from "../../src/cpu/view";
import type { DType } from "../../src/dtype";
import { ArgumentError } from "../../src/errors";
import { sizeOf } from "../../src/shape";
import { evaluate, programs } from "./map-oracle";
import { engines, type Operand, operandOf, runLowering } from "./run-lowering";

const shapes = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
  // Beyond one block, and with every remainder of the vector loops.
  fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 2, maxLength: 2 }),
  fc.integer({ min: 1, max: 1200 }).map((n) => [n]),
  // Rows and columns longer than a block.
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 500, max: 1500 })),
  fc.tuple(fc.integer({ min: 500, max: 1500 }), fc.integer({ min: 1, max: 3 })),
);

/** Types of views that hold a register: often the register's own. */
const viewType = (wide: boolean, dtype: DType): fc.Arbitrary<DType> =>
  dtype === "bool" || (dtype !== "f32" && !wide)
    ? fc.constant(dtype)
    : (fc.constantFrom(
        ...(wide ? [dtype, dtype, "f32", "f64"] : [dtype, dtype, "f64"]),
      ) as fc.Arbitrary<DType>);

interface Case {
  readonly program: MapProgram;
  readonly operands: Operand[];
  readonly outputs: { dtype: DType; shape: readonly number[] }[];
}

const cases = (wide: boolean): fc.Arbitrary<Case> =>
  fc.tuple(programs(wide), shapes).chain(([program, shape]) => {
    const types = registerTypes(program);
    return fc.record({
      program: fc.constant(program),
      operands: fc.tuple(
        ...program.inputs.map((dtype) =>
          viewType(wide && dtype === "f64", dtype).chain((view) => operandOf(view, shape)),
        ),
      ),
      outputs: fc.constant(program.outputs.map((r) => ({ dtype: types[r] as DType, shape }))),
    });
  });

function expected({ program, operands, outputs }: Case): number[][] {
  const results: number[][] = outputs.map(() => []);
  const types = operands.map((o) => o.dtype);
  for (let i = 0; i < sizeOf(outputs[0]?.shape ?? []); i++) {
    const values = operands.map((o) => o.values[i] as number);
    evaluate(program, types, values).forEach((v, k) => void results[k]?.push(v));
  }
  return results;
}

/** Zeros of either sign count as equal: which one max gives is not specified. */
const plain = (values: readonly number[][]): number[][] => values.map((v) => v.map((x) => x + 0));

describe.each(engines)("map in $name", (engine) => {
  it.each([
    ["f32, integers and masks", false],
    ["both float types", true],
  ])("evaluates random programs of %s as element-by-element evaluation does", (_, wide) => {
    fc.assert(
      fc.property(cases(wide), fc.boolean(), (example, backwards) => {
        const { program, operands, outputs } = example;
        const got = runLowering(engine, mapLowering, operands, outputs, { program }, backwards);
        expect(plain(got)).toEqual(plain(expected(example)));
      }),
      { numRuns: 120 },
    );
  });

  it("fills outputs of any dtype with constants, and moves inputs unchanged", () => {
    for (const dtype of ["f32", "f64", "i32", "u32", "u8", "bool"] as const) {
      const constant: MapProgram = {
        inputs: [],
        constants: [{ dtype, value: 1 }],
        code: [],
        outputs: [0],
      };
      const output = [{ dtype, shape: [3, 17] }];
      const ones = new Array<number>(51).fill(1);
      expect(runLowering(engine, mapLowering, [], output, { program: constant })).toEqual([ones]);
      const move: MapProgram = { inputs: [dtype], constants: [], code: [], outputs: [0] };
      const values = ones.map((_, i) => (dtype === "bool" ? i % 2 : i));
      const operand: Operand = { dtype, shape: [3, 17], values, order: [1, 0] };
      expect(runLowering(engine, mapLowering, [operand], output, { program: move })).toEqual([
        values,
      ]);
    }
  });

  it("refuses operations that a dtype does not have", () => {
    const run = (op: "sqrt" | "shl" | "and", dtype: DType, other: DType = dtype): void => {
      const program: MapProgram = {
        inputs: [dtype, dtype, other],
        constants: [],
        code: [
          { op, dtype, args: op === "sqrt" ? [0] : [0, 1] },
          { op: "neg", dtype: other, args: [2] },
        ],
        outputs: [3, 4],
      };
      const operands = [dtype, dtype, other].map((d) => ({ dtype: d, shape: [1], values: [1] }));
      const outputs = [dtype, other].map((d) => ({ dtype: d, shape: [1] }));
      runLowering(engine, mapLowering, operands, outputs, { program });
    };
    expect(() => run("sqrt", "i32")).toThrow(ArgumentError);
    expect(() => run("sqrt", "i32")).toThrow(
      "map: sqrt of i32 is not defined; cast to f32 or f64 first",
    );
    expect(() => run("and", "f32")).toThrow(
      "map: and of f32 is not defined; cast to an integer first",
    );
    expect(() => run("shl", "i32", "f64")).toThrow(
      "map: shl of i32 cannot stand in a program that works on f64; run it on its own",
    );
  });

  it("reads large transposed and broadcast operands of any dtype", () => {
    const shape = [70, 3, 60];
    const values = Array.from({ length: sizeOf(shape) }, (_, i) => i % 251);
    const column = values.map((_, i) => Math.floor(i / 180) % 9);
    for (const dtype of ["f32", "f64", "i32", "u8"] as const) {
      const program: MapProgram = {
        inputs: [dtype, dtype],
        constants: [],
        code: [{ op: "max", dtype, args: [0, 1] }],
        outputs: [2],
      };
      const operands: Operand[] = [
        { dtype, shape, values, order: [2, 0, 1] },
        { dtype, shape, values: column, order: [1, 2, 0], broadcast: [false, true, true] },
      ];
      const [out] = runLowering(engine, mapLowering, operands, [{ dtype, shape }], { program });
      expect(out).toEqual(values.map((x, i) => Math.max(x, column[i] as number)));
    }
  });
});

const view = (dtype: DType): View => ({ pointer: 64, dtype, shape: [4], strides: [1] });

describe("laneWidth", () => {
  it("is 8 exactly where f64 numbers are worked on or moved", () => {
    const cast = (dtype: DType, to: DType): MapProgram => ({
      inputs: [dtype],
      constants: [],
      code: [{ op: "cast", dtype, to, args: [0] }],
      outputs: [1],
    });
    expect(laneWidth(cast("f32", "f64"), [view("f32")], [view("f64")])).toBe(4);
    expect(laneWidth(cast("i32", "f64"), [view("i32")], [view("f64")])).toBe(8);
    expect(laneWidth(cast("f64", "f32"), [view("f64")], [view("f32")])).toBe(8);
    const move = (dtype: DType): MapProgram => ({
      inputs: [dtype],
      constants: [],
      code: [],
      outputs: [0],
    });
    expect(laneWidth(move("f64"), [view("f64")], [view("f64")])).toBe(8);
    expect(laneWidth(move("f32"), [view("f64")], [view("f32")])).toBe(4);
  });
});
