import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHeap } from "../../src/cpu/heap";
import { wasmKernels } from "../../src/cpu/kernels";
import type { Launch } from "../../src/cpu/launch";
import { mapLowering } from "../../src/cpu/lower/map";
import { type MapProgram, registerTypes } from "../../src/cpu/lower/map-program";
import { reduceLowering } from "../../src/cpu/lower/reduce";
import type { View } from "../../src/cpu/view";
import { loadKernels } from "../../src/cpu/wasm";
import { bytesOf, type DType, viewOn } from "../../src/dtype";
import { evaluate, programs } from "./map-oracle";
import { type Engine, engines, valuesOf } from "./run-lowering";

function run({ heap, table }: Engine, launches: readonly Launch[], backwards = false): void {
  const scratch = heap.allocate(1 << 20);
  for (const { kernel, args, chunks } of launches) {
    const block = heap.allocate(args.length * 4);
    heap.i32.set(args, block >>> 2);
    const index = table.index.get(kernel) as number;
    for (let i = 0; i < chunks; i++)
      table.run[index]?.(block, backwards ? chunks - 1 - i : i, scratch);
    heap.free(block);
  }
  heap.free(scratch);
}

function vector(engine: Engine, dtype: DType, values: readonly number[]): View {
  const pointer = engine.heap.allocate(values.length * bytesOf(dtype));
  viewOn(dtype, engine.heap.buffer, pointer, values.length).set(values);
  return { pointer, dtype, shape: [values.length], strides: [1] };
}

const read = (engine: Engine, { dtype, pointer, shape }: View): number[] => [
  ...viewOn(dtype, engine.heap.buffer, pointer, shape[0] as number),
];

/** A program, values of its inputs, and for each output the input whose memory it takes, if any. */
const shared = (wide: boolean) =>
  fc.tuple(programs(wide), fc.integer({ min: 1, max: 2600 })).chain(([program, n]) => {
    const types = registerTypes(program);
    const partners = program.outputs.map((r) =>
      fc.constantFrom(
        undefined,
        ...[...program.inputs.keys()].filter(
          (k) => bytesOf(program.inputs[k] as DType) === bytesOf(types[r] as DType),
        ),
      ),
    );
    return fc.record({
      program: fc.constant(program),
      values: fc.tuple(...program.inputs.map((dtype) => valuesOf(dtype, n))),
      partners: fc.tuple(...partners),
    });
  });

describe.each(engines)("map in $name", (engine) => {
  it.each([
    ["f32, integers and masks", false],
    ["both float types", true],
  ])("may write outputs over inputs of the same place, in programs of %s", (_, wide) => {
    fc.assert(
      fc.property(shared(wide), fc.boolean(), ({ program, values, partners }, backwards) => {
        const types = registerTypes(program);
        const n = values[0]?.length as number;
        const inputs = program.inputs.map((dtype, k) =>
          vector(engine, dtype, values[k] as number[]),
        );
        const taken = new Set<number>();
        const outputs = program.outputs.map((r, k) => {
          const dtype = types[r] as DType;
          const partner = partners[k];
          if (partner === undefined || taken.has(partner))
            return vector(engine, dtype, new Array<number>(n).fill(0));
          taken.add(partner);
          return { ...(inputs[partner] as View), dtype };
        });
        const expected: number[][] = program.outputs.map(() => []);
        for (let i = 0; i < n; i++) {
          const element = values.map((v) => v[i] as number);
          evaluate(program, program.inputs, element).forEach((x, k) => void expected[k]?.push(x));
        }
        run(engine, mapLowering.launch(inputs, outputs, { program }, 0), backwards);
        expect(outputs.map((view) => read(engine, view).map((x) => x + 0))).toEqual(
          expected.map((column) => column.map((x) => x + 0)),
        );
        for (const pointer of new Set([...inputs, ...outputs].map((view) => view.pointer)))
          engine.heap.free(pointer);
      }),
      { numRuns: 60 },
    );
  });

  it("swaps two buffers that are each other's output", () => {
    const a = vector(engine, "f32", [1, 2, 3]);
    const b = vector(engine, "f32", [4, 5, 6]);
    const program: MapProgram = {
      inputs: ["f32", "f32"],
      constants: [],
      code: [],
      outputs: [1, 0],
    };
    run(engine, mapLowering.launch([a, b], [a, b], { program }, 0));
    expect([read(engine, a), read(engine, b)]).toEqual([
      [4, 5, 6],
      [1, 2, 3],
    ]);
  });

  it("gives the same bits for any order of many chunks, with broadcast rows and columns", () => {
    const shape = [7, 70_001];
    const n = 7 * 70_001;
    const program: MapProgram = {
      inputs: ["f32", "f32", "f32"],
      constants: [],
      code: [
        { op: "sub", dtype: "f32", args: [0, 1] },
        { op: "mul", dtype: "f32", args: [3, 2] },
      ],
      outputs: [4],
    };
    const x = vector(
      engine,
      "f32",
      Array.from({ length: n }, (_, i) => i % 1000),
    );
    const row = vector(
      engine,
      "f32",
      Array.from({ length: 70_001 }, (_, i) => i % 77),
    );
    const column = vector(engine, "f32", [1, 2, 3, 4, 5, 6, 7]);
    const out = vector(engine, "f32", new Array<number>(n).fill(0));
    const inputs = [
      { ...x, shape, strides: [70_001, 1] },
      { ...column, shape, strides: [1, 0] },
      { ...row, shape, strides: [0, 1] },
    ];
    const launches = mapLowering.launch(inputs, [{ ...out, shape }], { program }, 0);
    expect(launches.at(-1)?.chunks).toBeGreaterThan(1);
    for (const backwards of [false, true]) {
      run(engine, launches, backwards);
      const wrong = read(engine, out).findIndex((y, i) => {
        const j = i % 70_001;
        return y !== ((i % 1000) - (Math.floor(i / 70_001) + 1)) * (j % 77);
      });
      expect(wrong).toBe(-1);
    }
    for (const view of [x, row, column, out]) engine.heap.free(view.pointer);
  });
});

describe("the last bytes of the memory", () => {
  const loaded = loadKernels();
  const heap = createHeap(loaded.linear);
  const engine: Engine = { name: "wasm", heap, table: wasmKernels(loaded) };

  it.each(["f32", "f64", "u8"] as const)("are read without reading beyond them: %s", (dtype) => {
    const program: MapProgram = {
      inputs: [dtype],
      constants: [],
      code: [{ op: "add", dtype, args: [0, 0] }],
      outputs: [1],
    };
    const n = 37;
    const values = Array.from({ length: n }, (_, i) => i);
    run(engine, []);
    const pointer = heap.capacityBytes - n * bytesOf(dtype);
    const x: View = { pointer, dtype, shape: [n], strides: [1] };
    const out = vector(engine, dtype, new Array<number>(n).fill(0));
    const total = vector(engine, dtype, [0]);
    const params = { program, kind: "sum", domain: [n], axes: [0] } as const;
    const launches = [
      ...mapLowering.launch([x], [out], { program }, 0),
      ...reduceLowering.launch([x], [{ ...total, shape: [] }], params, 0),
    ];
    expect(pointer + n * bytesOf(dtype)).toBe(heap.buffer.byteLength);
    viewOn(dtype, heap.buffer, pointer, n).set(values);
    run(engine, launches);
    expect(read(engine, out)).toEqual(values.map((v) => 2 * v));
    expect(read(engine, total)).toEqual([(n * (n - 1)) % (dtype === "u8" ? 256 : 1e9)]);
  });
});
