import type { DType, TypedArray } from "../dtype";
import type { RemoteBlock } from "../internal/device";
import type { Aval } from "../internal/primitive";
import type { Storage } from "../internal/storage";
import { contiguousStrides } from "../shape";
import { Tensor } from "../tensor";
import type { Handle } from "./backend/backend";
import type { GpuDevice } from "./device";
import { notHere } from "./refuse";
import { planesOf } from "./source/view";

/** Bytes from which on the garbage collector is told of a buffer. */
const WEIGHTY = 1 << 16;

/** Elements in the device's memory, or on their way there. */
export class GpuBuffer {
  readonly device: GpuDevice;
  readonly dtype: DType;
  /** Number of elements. */
  readonly length: number;
  /** The memory, once the work that fills it was issued. */
  handle: Handle | undefined;
  /** Why there will be no memory. */
  failure: Error | undefined;
  /** When it was filled, on the device's count of issued work. */
  issued = 0;
  #references = 0;

  constructor(device: GpuDevice, dtype: DType, length: number) {
    this.device = device;
    this.dtype = dtype;
    this.length = length;
  }

  /** 32-bit floats that it takes. */
  get floats(): number {
    return this.length * planesOf(this.dtype);
  }

  /** A storage that keeps the buffer alive until it is collected, or {@link GpuBuffer.release} is called for it. */
  storage(): Storage {
    this.#references++;
    const bytes = this.floats * 4;
    const remote: RemoteBlock & { readonly buffer: GpuBuffer; readonly weight: unknown } = {
      device: this.device,
      buffer: this,
      // Memory that is never touched: it makes the garbage collector aware of what the device holds.
      weight: bytes < WEIGHTY ? undefined : new ArrayBuffer(bytes),
      read: (): Promise<TypedArray> => this.device.read(this),
      refuse: (operation, captured) => {
        throw notHere(operation, this.device.name, captured);
      },
    };
    const storage: Storage = {
      dtype: this.dtype,
      length: this.length,
      array: undefined,
      block: undefined,
      donatedTo: undefined,
      uses: 0,
      remote,
    };
    collected.register(storage, this, storage);
    return storage;
  }

  /** Gives up one storage's claim; the memory goes when the last one does and the work issued so far has run. */
  release(): void {
    if (--this.#references === 0) this.device.discard(this);
  }
}

const collected: FinalizationRegistry<GpuBuffer> = new FinalizationRegistry((buffer) =>
  buffer.release(),
);

/** The buffer behind a storage on this kind of device. */
export const bufferOf = (storage: Storage): GpuBuffer | undefined =>
  (storage.remote as { readonly buffer?: GpuBuffer } | undefined)?.buffer;

/** Marks a storage as donated and gives up its claim. */
export function donate(storage: Storage, to: string): void {
  if (storage.donatedTo !== undefined) return;
  storage.donatedTo = to;
  collected.unregister(storage);
  bufferOf(storage)?.release();
}

/** A contiguous tensor of a buffer's elements. */
export const tensorOf = (buffer: GpuBuffer, { shape, dtype }: Aval): Tensor =>
  Tensor.concrete(shape, dtype, {
    storage: buffer.storage(),
    offset: 0,
    strides: contiguousStrides(shape),
  });
