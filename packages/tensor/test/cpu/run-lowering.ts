import fc from "fast-check";
import { createHeap, type Heap } from "../../src/cpu/heap";
import { jsKernels, type KernelTable, wasmKernels } from "../../src/cpu/kernels";
import type { Launch, Lowering } from "../../src/cpu/launch";
import { arrayMemory } from "../../src/cpu/memory";
import type { View } from "../../src/cpu/view";
import { loadKernels } from "../../src/cpu/wasm";
import { bytesOf, type DType, isFloat, type TypedArray, viewOn } from "../../src/dtype";
import { contiguousStrides, sizeOf } from "../../src/shape";

/** One way of executing kernels: a heap and the kernels that work on it. */
export interface Engine {
  readonly name: string;
  readonly heap: Heap;
  readonly table: KernelTable;
}

const loaded = loadKernels();
const plainHeap: Heap = createHeap(arrayMemory());

/** The compiled kernels and the plain JavaScript ones. */
export const engines: readonly Engine[] = [
  { name: "wasm", heap: createHeap(loaded.linear), table: wasmKernels(loaded) },
  { name: "fallback", heap: plainHeap, table: jsKernels(plainHeap) },
];

/** A strided operand: values in C order of `shape`, laid out in memory as `order`, `steps` and `broadcast` say. */
export interface Operand {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: readonly number[];
  /** Axes from slowest to fastest in memory; default C order. */
  readonly order?: readonly number[] | undefined;
  /** Each axis's step between used elements, negative for a flipped axis; default 1. */
  readonly steps?: readonly number[] | undefined;
  /** Axes with stride 0; `values` must not vary along them. */
  readonly broadcast?: readonly boolean[] | undefined;
}

/** Elements of guard space around every block, to catch writes outside of it. */
const guard = 16;

/** Runs a lowering on fresh memory and returns the values of its outputs in C order. */
export function runLowering<P>(
  engine: Engine,
  lowering: Lowering<P>,
  operands: readonly Operand[],
  outputs: readonly { readonly dtype: DType; readonly shape: readonly number[] }[],
  params: P,
  backwards = false,
): number[][] {
  const { heap } = engine;
  const blocks: number[] = [];
  const claim = (bytes: number): number => {
    const pointer = heap.allocate(bytes);
    blocks.push(pointer);
    return pointer;
  };
  const inputs = operands.map((operand) => place(heap, claim, operand));
  const results = outputs.map(({ dtype, shape }): View => {
    const size = bytesOf(dtype);
    const start = claim((sizeOf(shape) + 2 * guard) * size);
    heap.u8.fill(0xa5, start, start + (sizeOf(shape) + 2 * guard) * size);
    const pointer = start + guard * size;
    return { dtype, shape, pointer, strides: contiguousStrides(shape) };
  });
  const scratch = claim(lowering.scratch?.(inputs, results, params) ?? 0);
  execute(engine, lowering.launch(inputs, results, params, scratch), claim, backwards);
  const values = results.map((view) => {
    const length = sizeOf(view.shape) * bytesOf(view.dtype);
    const edge = guard * bytesOf(view.dtype);
    for (let i = 1; i <= edge; i++) {
      if (heap.u8[view.pointer - i] !== 0xa5 || heap.u8[view.pointer + length + i - 1] !== 0xa5)
        throw new Error("a kernel wrote outside its output");
    }
    return [...viewOn(view.dtype, heap.buffer, view.pointer, sizeOf(view.shape))];
  });
  for (const pointer of blocks) heap.free(pointer);
  return values;
}

function execute(
  { heap, table }: Engine,
  launches: readonly Launch[],
  claim: (bytes: number) => number,
  backwards: boolean,
): void {
  const threadScratch = claim(1 << 20);
  for (const { kernel, args, chunks } of launches) {
    const index = table.index.get(kernel);
    if (index === undefined) throw new Error(`no kernel is called ${kernel}`);
    const block = claim(args.length * 4);
    heap.i32.set(args, block >>> 2);
    for (let i = 0; i < chunks; i++)
      table.run[index]?.(block, backwards ? chunks - 1 - i : i, threadScratch);
  }
}

function place(heap: Heap, claim: (bytes: number) => number, operand: Operand): View {
  const { dtype, shape, values } = operand;
  const rank = shape.length;
  const size = bytesOf(dtype);
  const strides = new Array<number>(rank).fill(0);
  let extent = 1;
  let first = 0;
  for (const axis of [...(operand.order ?? shape.keys())].reverse()) {
    if (operand.broadcast?.[axis]) continue;
    const step = operand.steps?.[axis] ?? 1;
    const length = shape[axis] as number;
    strides[axis] = extent * step;
    if (step < 0) first += extent * -step * Math.max(0, length - 1);
    extent *= Math.max(1, length * Math.abs(step));
  }
  const start = claim(extent * size);
  const memory: TypedArray = viewOn(dtype, heap.buffer, start, extent);
  const index = new Array<number>(rank).fill(0);
  for (const value of values) {
    memory[index.reduce((at, i, axis) => at + i * (strides[axis] as number), first)] = value;
    for (let axis = rank - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      index[axis] = 0;
    }
  }
  return { dtype, shape, strides, pointer: start + first * size };
}

/** Values that a dtype can hold exactly: small numbers with ties, extremes, and for floats NaN and infinities. */
export function valuesOf(dtype: DType, length: number): fc.Arbitrary<number[]> {
  const special = isFloat(dtype)
    ? fc.constantFrom(NaN, Infinity, -Infinity, -0, 0, 1.5)
    : dtype === "i32"
      ? fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, -1, 0)
      : dtype === "u32"
        ? fc.constantFrom(2 ** 32 - 1, 2 ** 31, 0)
        : fc.constantFrom(0, 1);
  const usual =
    dtype === "bool"
      ? fc.constantFrom(0, 1)
      : dtype === "u8"
        ? fc.integer({ min: 0, max: 255 })
        : fc.integer({ min: dtype === "u32" ? 0 : -9, max: 9 });
  return fc.array(fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: special }), {
    minLength: length,
    maxLength: length,
    size: "max",
  });
}

/** Operands of a given shape and dtype with every kind of memory layout. */
export function operandOf(
  dtype: DType,
  shape: readonly number[],
  values: fc.Arbitrary<number[]> = valuesOf(dtype, sizeOf(shape)),
): fc.Arbitrary<Operand> {
  const rank = shape.length;
  return fc
    .record({
      values,
      order: fc.shuffledSubarray([...shape.keys()], { minLength: rank, maxLength: rank }),
      steps: fc.array(fc.constantFrom(1, 1, 1, 2, -1, -2), { minLength: rank, maxLength: rank }),
      broadcast: fc.array(fc.constantFrom(false, false, false, false, true), {
        minLength: rank,
        maxLength: rank,
      }),
      plain: fc.boolean(),
    })
    .map(({ values, order, steps, broadcast, plain }) => {
      if (plain) return { dtype, shape, values };
      return { dtype, shape, values: alike(values, shape, broadcast), order, steps, broadcast };
    });
}

/** `values` with the first slice repeated along every broadcast axis. */
function alike(
  values: readonly number[],
  shape: readonly number[],
  broadcast: readonly boolean[],
): number[] {
  const strides = contiguousStrides(shape);
  return values.map((_, flat) => {
    let source = 0;
    shape.forEach((length, axis) => {
      const stride = strides[axis] as number;
      if (!broadcast[axis]) source += (Math.floor(flat / stride) % length) * stride;
    });
    return values[source] as number;
  });
}
