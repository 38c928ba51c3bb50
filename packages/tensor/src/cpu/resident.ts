import { bytesOf } from "../dtype";
import type { Aval } from "../internal/primitive";
import { storageArray } from "../internal/read";
import { shared } from "../internal/shared";
import type { Storage } from "../internal/storage";
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

/** The constructor of ES2024; older engines ignore the second argument. */
const ResizableBuffer: new (bytes: number, options: { maxByteLength: number }) => ArrayBuffer =
  ArrayBuffer;

interface Residents {
  /** Bytes that tensors hold. */
  bytes: number;
  readonly registry: FinalizationRegistry<Held>;
  readonly heldOf: WeakMap<Storage, Held>;
}

interface Held {
  readonly pointer: number;
  readonly bytes: number;
  freed: boolean;
}

const residents = shared<Residents>("@x/tensor/residents/1", () => ({
  bytes: 0,
  registry: new FinalizationRegistry<Held>((held) => {
    if (!held.freed) cpuRuntime().heap.free(held.pointer);
    settle(held);
  }),
  heldOf: new WeakMap(),
}));

function settle(held: Held): void {
  if (held.freed) return;
  held.freed = true;
  residents().bytes -= held.bytes;
}

const hasBudget = (bytes: number, budget = BUDGET): boolean => residents().bytes + bytes <= budget;

const bytesFor = ({ shape, dtype }: Aval): number => sizeOf(shape) * bytesOf(dtype);

/** Gives a storage a block of the heap, to be freed when the storage is collected. */
function own(storage: Storage, aval: Aval, pointer: number): void {
  const bytes = bytesFor(aval);
  const held: Held = { pointer, bytes, freed: false };
  storage.block = {
    pointer,
    bytes,
    // Makes the garbage collector aware of what the heap holds for it. A resizable buffer's memory is mapped and
    // never touched; that of an ordinary one may be filled with zeros, which takes 0.05 to 0.5 ms a megabyte.
    weight: new ResizableBuffer(bytes, { maxByteLength: bytes }),
    read: () => download(cpuRuntime().heap, aval, pointer),
  };
  const all = residents();
  all.bytes += bytes;
  all.heldOf.set(storage, held);
  all.registry.register(storage, held, storage);
}

/** Whether more donated state may stay on the heap: a loop that never donates its results again would fill it. */
export const hasStateBudget = (aval: Aval): boolean => hasBudget(bytesFor(aval), STATE_BUDGET);

/** A block for a result that is better kept on the heap; `undefined` if an ordinary array is. */
export function blockForResult(aval: Aval): number | undefined {
  const bytes = bytesFor(aval);
  return bytes >= LARGE_RESULT && hasBudget(bytes) ? cpuRuntime().heap.allocate(bytes) : undefined;
}

/** A tensor that owns a block of the heap. */
export function residentTensor(aval: Aval, pointer: number): Tensor {
  const { shape, dtype } = aval;
  const storage: Storage = {
    dtype,
    length: sizeOf(shape),
    array: undefined,
    block: undefined,
    donatedTo: undefined,
    uses: 0,
  };
  own(storage, aval, pointer);
  return Tensor.concrete(shape, dtype, { storage, offset: 0, strides: contiguousStrides(shape) });
}

/** Moves the elements of a large operand to the heap when it is used again. */
function promote(storage: Storage): void {
  const { array, dtype, length } = storage;
  if (array === undefined || array.byteLength < LARGE_OPERAND) return;
  if (storage.uses++ === 0 || !hasBudget(array.byteLength)) return;
  const { heap } = cpuRuntime();
  const pointer = heap.allocate(array.byteLength);
  heapArray(heap, dtype).set(array as never, pointer / bytesOf(dtype));
  own(storage, { shape: [length], dtype }, pointer);
  storage.array = undefined;
}

/** Takes the block out of a storage, which then owns nothing; the caller owns the block. */
export function takeBlock(storage: Storage): number {
  const all = residents();
  const held = all.heldOf.get(storage) as Held;
  settle(held);
  all.registry.unregister(storage);
  all.heldOf.delete(storage);
  return held.pointer;
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
