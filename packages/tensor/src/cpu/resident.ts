import { bytesOf } from "../dtype";
import type { Aval } from "../internal/primitive";
import { storageArray } from "../internal/read";
import { shared } from "../internal/shared";
import type { ResidentBlock, Storage } from "../internal/storage";
import { contiguousStrides, sizeOf } from "../shape";
import { Tensor } from "../tensor";
import { cpuRuntime } from "./runtime";
import { download, heapArray } from "./transfer";

/**
 * Heap bytes that tensors may hold. Beyond it their elements live in ordinary arrays:
 * a loop that never yields to the event loop cannot learn which tensors are gone.
 */
const BUDGET = 1 << 28;

/** The same limit for donated state, which a training loop goes on using. */
const STATE_BUDGET = 1 << 29;

/** Results from this size on stay on the heap: a fresh large array costs more than the arithmetic. */
const LARGE_RESULT = 1 << 20;

/** Operands from this size on move to the heap when they are used a second time. */
const LARGE_OPERAND = 1 << 16;

/** Donated state from this size on stays on the heap: a new block of less costs more than many copies. */
const LARGE_STATE = 1 << 14;

/** The constructor of ES2024; older engines ignore the second argument. */
const ResizableBuffer: new (bytes: number, options: { maxByteLength: number }) => ArrayBuffer =
  ArrayBuffer;

interface Residents {
  /** Bytes that tensors hold. */
  bytes: number;
  readonly registry: FinalizationRegistry<Held>;
}

type Held = Pick<ResidentBlock, "pointer" | "bytes">;

const residents = shared<Residents>("@x/tensor/residents/1", () => ({
  bytes: 0,
  registry: new FinalizationRegistry<Held>(release),
}));

function release({ pointer, bytes }: Held): void {
  cpuRuntime().heap.free(pointer);
  residents().bytes -= bytes;
}

const hasBudget = (bytes: number, budget = BUDGET): boolean => residents().bytes + bytes <= budget;

const bytesFor = ({ shape, dtype }: Aval): number => sizeOf(shape) * bytesOf(dtype);

/** A block of the heap that is freed when no storage holds it any more; contents undefined. */
function allocateBlock(aval: Aval): ResidentBlock {
  const bytes = bytesFor(aval);
  const pointer = cpuRuntime().heap.allocate(bytes);
  const block: ResidentBlock = {
    pointer,
    bytes,
    // Makes the garbage collector aware of what the heap holds for it. A resizable buffer's memory is mapped and
    // never touched; that of an ordinary one may be filled with zeros, which takes 0.05 to 0.5 ms a megabyte.
    weight: new ResizableBuffer(bytes, { maxByteLength: bytes }),
    read: () => download(cpuRuntime().heap, aval, pointer),
  };
  const all = residents();
  all.bytes += bytes;
  all.registry.register(block, { pointer, bytes }, block);
  return block;
}

/** Frees a block at once. */
export function freeBlock(block: ResidentBlock): void {
  residents().registry.unregister(block);
  release(block);
}

/**
 * A block for donated state; none beyond the budget, because a loop that never donates its results again would
 * fill the heap.
 */
export function blockForState(aval: Aval): ResidentBlock | undefined {
  const bytes = bytesFor(aval);
  return bytes >= LARGE_STATE && hasBudget(bytes, STATE_BUDGET) ? allocateBlock(aval) : undefined;
}

/** A block for a result that is better kept on the heap; `undefined` if an ordinary array is. */
export function blockForResult(aval: Aval): ResidentBlock | undefined {
  const bytes = bytesFor(aval);
  return bytes >= LARGE_RESULT && hasBudget(bytes) ? allocateBlock(aval) : undefined;
}

/** A tensor of the elements in a block. */
export function residentTensor({ shape, dtype }: Aval, block: ResidentBlock): Tensor {
  const storage: Storage = {
    dtype,
    length: sizeOf(shape),
    array: undefined,
    block,
    donatedTo: undefined,
    uses: 0,
  };
  return Tensor.concrete(shape, dtype, { storage, offset: 0, strides: contiguousStrides(shape) });
}

/** Moves the elements of a large operand to the heap when it is used again. */
function promote(storage: Storage): void {
  const { array, dtype, length } = storage;
  if (array === undefined || array.byteLength < LARGE_OPERAND) return;
  if (storage.uses++ === 0 || !hasBudget(array.byteLength)) return;
  const block = allocateBlock({ shape: [length], dtype });
  heapArray(cpuRuntime().heap, dtype).set(array as never, block.pointer / bytesOf(dtype));
  storage.block = block;
  storage.array = undefined;
}

/**
 * Address of a storage that lives on the heap, or that is moved there now because it is used again.
 *
 * @throws ArgumentError when the storage was donated
 */
export function residentPointer(storage: Storage, operation: string): number | undefined {
  if (storage.donatedTo !== undefined) storageArray(storage, operation);
  if (storage.block === undefined) promote(storage);
  return storage.block?.pointer;
}
