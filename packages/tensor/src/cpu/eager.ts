import { wrap } from "../creation";
import { bytesOf } from "../dtype";
import type { Aval, Primitive } from "../internal/primitive";
import { storageArray } from "../internal/read";
import { shared } from "../internal/shared";
import { contiguousStrides, sizeOf } from "../shape";
import type { Concrete, Tensor } from "../tensor";
import { aligned, withArena } from "./arena";
import type { Lowering } from "./launch";
import { lowerPrimitive } from "./lowerings";
import { blockForResult, residentPointer, residentTensor } from "./resident";
import { cpuRuntime } from "./runtime";
import { download, put, spanOf } from "./transfer";
import type { View } from "./view";

/**
 * Applies one primitive to concrete tensors at once: operands are copied to scratch memory,
 * kernels run, results are copied to ordinary arrays that the garbage collector owns.
 */
export function runEager(
  primitive: Primitive,
  inputs: readonly Tensor[],
  outputs: readonly Aval[],
  params: unknown,
): readonly Tensor[] {
  const bound = lowerPrimitive(primitive, inputs, params);
  if (bound === undefined) throw new Error(`${primitive.name}: has no CPU implementation`);
  const { heap } = cpuRuntime();
  let bytes = 0;
  const take = (n: number): number => {
    const at = bytes;
    bytes += aligned(n);
    return at;
  };
  const operands = inputs.map((x) => {
    const concrete = x.concrete as Concrete;
    const resident = residentPointer(concrete.storage, primitive.name);
    if (resident !== undefined) return { resident, at: 0, first: 0, count: 0 };
    const { first, count } = spanOf(x.shape, concrete);
    return { resident, at: take(count * bytesOf(x.dtype)), first, count };
  });
  const blocks = outputs.map((y) => blockForResult(y));
  const results = outputs.map((y, i) =>
    blocks[i] === undefined ? take(sizeOf(y.shape) * bytesOf(y.dtype)) : 0,
  );
  // Sizes of scratch depend on shapes only; addresses follow when the arena is there.
  const inViews = (base: number): View[] =>
    inputs.map(({ dtype, shape, concrete }, i) => {
      const { resident, at, first } = operands[i] as (typeof operands)[number];
      const { offset, strides } = concrete as Concrete;
      const pointer = (resident ?? base + at) + (offset - first) * bytesOf(dtype);
      return { pointer, dtype, shape, strides };
    });
  const outViews = (base: number): View[] =>
    outputs.map((y, i) => ({
      pointer: blocks[i]?.pointer ?? base + (results[i] as number),
      dtype: y.dtype,
      shape: y.shape,
      strides: contiguousStrides(y.shape),
    }));
  const lowering = bound.lowering as Lowering;
  const scratch = take(lowering.scratch?.(inViews(0), outViews(0), bound.params) ?? 0);
  return withArena(bytes, (base) => {
    operands.forEach(({ resident, at, first, count }, i) => {
      if (resident !== undefined) return;
      const { dtype, concrete } = inputs[i] as Tensor;
      const source = storageArray((concrete as Concrete).storage, primitive.name);
      put(heap, dtype, source, first, count, base + at);
    });
    const outs = outViews(base);
    runLaunches(lowering.launch(inViews(base), outs, bound.params, base + scratch));
    return outputs.map((y, i) => {
      const block = blocks[i];
      return block === undefined
        ? wrap(download(heap, y, (outs[i] as View).pointer), y.shape, y.dtype)
        : residentTensor(y, block);
    });
  });
}

/** Runs launches one after the other from a shared argument block. */
function runLaunches(launches: ReturnType<Lowering["launch"]>): void {
  const runtime = cpuRuntime();
  for (const { kernel, args, chunks, nanoseconds } of launches) {
    if (chunks === 0) continue;
    const address = argumentBlock(args.length * 4);
    runtime.write(args, address);
    runtime.call(runtime.kernelIndex(kernel), address, chunks, nanoseconds);
  }
}

interface Block {
  address: number;
  bytes: number;
}

const argumentsBlock = shared<Block>("@x/tensor/eager-arguments/1", () => ({
  address: 0,
  bytes: 0,
}));

/** Memory for the arguments of one eager launch. */
function argumentBlock(bytes: number): number {
  const block = argumentsBlock();
  if (bytes > block.bytes) {
    const { heap } = cpuRuntime();
    if (block.bytes > 0) heap.free(block.address);
    block.bytes = Math.max(4096, 2 * bytes);
    block.address = heap.allocate(block.bytes);
  }
  return block.address;
}
