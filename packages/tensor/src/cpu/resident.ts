import { bytesOf } from "../dtype";
import type { Aval } from "../internal/primitive";
import type { Storage } from "../internal/storage";
import { contiguousStrides, sizeOf } from "../shape";
import { Tensor } from "../tensor";
import { cpuRuntime } from "./runtime";
import { download } from "./transfer";

/** Heap bytes that tensors may hold before results are copied to ordinary arrays instead. */
const BUDGET = 1 << 29;

interface Residents {
  bytes: number;
  readonly registry: FinalizationRegistry<Held>;
}

interface Held {
  readonly pointer: number;
  readonly bytes: number;
  freed: boolean;
}

function residents(): Residents {
  const key = Symbol.for("@x/tensor/residents/1");
  const host = globalThis as { [key]?: Residents };
  host[key] ??= {
    bytes: 0,
    // Collected tensors give their block back; a loop that never yields relies on donation instead.
    registry: new FinalizationRegistry<Held>((held) => release(held)),
  };
  return host[key];
}

const heldOf = new WeakMap<Storage, Held>();

function release(held: Held): void {
  if (held.freed) return;
  held.freed = true;
  residents().bytes -= held.bytes;
  cpuRuntime().heap.free(held.pointer);
}

/** True while tensors may keep more heap memory. */
export const hasResidentBudget = (bytes: number): boolean => residents().bytes + bytes <= BUDGET;

/** A tensor that owns a block of the heap. */
export function residentTensor(aval: Aval, pointer: number): Tensor {
  const { shape, dtype } = aval;
  const bytes = Math.max(64, sizeOf(shape) * bytesOf(dtype));
  const held: Held = { pointer, bytes, freed: false };
  const storage: Storage = {
    dtype,
    length: sizeOf(shape),
    array: undefined,
    donatedTo: undefined,
    block: { pointer, bytes, read: () => download(cpuRuntime().heap, aval, pointer) },
  };
  heldOf.set(storage, held);
  const all = residents();
  all.bytes += bytes;
  all.registry.register(storage, held, storage);
  return Tensor.concrete(shape, dtype, {
    storage,
    offset: 0,
    strides: contiguousStrides(shape),
  });
}

/** Takes the block out of a storage, which then owns nothing; the caller owns the block. */
export function takeBlock(storage: Storage): number {
  const held = heldOf.get(storage) as Held;
  held.freed = true;
  const all = residents();
  all.bytes -= held.bytes;
  all.registry.unregister(storage);
  heldOf.delete(storage);
  return held.pointer;
}
