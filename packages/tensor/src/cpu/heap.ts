import { ArgumentError, DeviceError } from "../errors";
import type { LinearMemory } from "./memory";
import { sizeClass } from "./size-class";
import { createSpans } from "./spans";

/** The CPU device's memory: one address space for every operand, argument block and thread. */
export interface Heap {
  /** Typed windows on the whole memory; replaced when it grows, so read them from the heap each time. */
  readonly buffer: ArrayBufferLike;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly u8: Uint8Array;
  /**
   * Address of a block of at least `bytes` bytes, a multiple of 64; contents undefined.
   *
   * Freed blocks are reused before the memory grows; a block is at most a quarter larger than asked.
   *
   * @throws DeviceError when the memory cannot grow any further
   */
  allocate(bytes: number): number;
  /**
   * Returns a block to the pool.
   *
   * @throws ArgumentError if `pointer` is not the address of a live block
   */
  free(pointer: number): void;
  /** Bytes in blocks that are allocated now. */
  readonly liveBytes: number;
  /** Bytes of the memory as it stands. */
  readonly capacityBytes: number;
}

/** Bytes at the bottom that are never allocated: static data of the kernel module, and thread coordination. */
export const RESERVED = 65536;

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

class PooledHeap implements Heap {
  buffer!: ArrayBufferLike;
  i32!: Int32Array;
  u32!: Uint32Array;
  f32!: Float32Array;
  f64!: Float64Array;
  u8!: Uint8Array;
  liveBytes = 0;
  readonly #memory: LinearMemory;
  readonly #sizes = new Map<number, number>();
  /** Freed blocks by size: the exact fit that a repeated program asks for again. */
  readonly #pools = new Map<number, number[]>();
  #pooledBytes = 0;
  readonly #spans = createSpans();

  constructor(memory: LinearMemory) {
    this.#memory = memory;
    this.#refresh();
    const bytes = this.capacityBytes - RESERVED;
    if (bytes > 0) this.#spans.give([[RESERVED, bytes]]);
  }

  get capacityBytes(): number {
    return this.buffer.byteLength;
  }

  allocate(bytes: number): number {
    if (!(bytes >= 0 && bytes <= Number.MAX_SAFE_INTEGER)) {
      throw new ArgumentError(`heap: expected a size in bytes; got ${bytes}; check the shape`, {
        bytes,
      });
    }
    const size = sizeClass(bytes);
    const pointer = this.#pools.get(size)?.pop();
    if (pointer !== undefined) {
      this.#pooledBytes -= size;
      return this.#keep(pointer, size);
    }
    let address = this.#spans.take(size);
    if (address < 0 && this.#pooledBytes > 0) {
      this.#emptyPools();
      address = this.#spans.take(size);
    }
    if (address < 0 && this.#grow(size)) address = this.#spans.take(size);
    if (address < 0) throw this.#exhausted(bytes);
    return this.#keep(address, size);
  }

  free(pointer: number): void {
    const size = this.#sizes.get(pointer);
    if (size === undefined) {
      throw new ArgumentError(
        `heap: free needs the address of a live block; ${pointer} came; free each block once`,
        { pointer },
      );
    }
    this.#sizes.delete(pointer);
    this.liveBytes -= size;
    this.#pooledBytes += size;
    const pool = this.#pools.get(size);
    if (pool === undefined) this.#pools.set(size, [pointer]);
    else pool.push(pointer);
  }

  #keep(pointer: number, size: number): number {
    this.#sizes.set(pointer, size);
    this.liveBytes += size;
    return pointer;
  }

  #emptyPools(): void {
    const blocks: [number, number][] = [];
    for (const [size, pool] of this.#pools)
      for (const pointer of pool) blocks.push([pointer, size]);
    this.#pools.clear();
    this.#pooledBytes = 0;
    this.#spans.give(blocks);
  }

  #grow(size: number): boolean {
    const before = this.capacityBytes;
    const { maximumBytes } = this.#memory;
    const least = before + size - this.#spans.endingAt(before);
    if (least > maximumBytes) return false;
    // By a quarter, so that a slowly growing program grows rarely; if that is refused, by what is needed.
    const generous = Math.min(maximumBytes, Math.max(least, before + before / 4));
    if (!this.#memory.grow(generous) && !this.#memory.grow(least)) return false;
    this.#refresh();
    this.#spans.give([[before, this.capacityBytes - before]]);
    return true;
  }

  #refresh(): void {
    const { buffer } = this.#memory;
    // The typed-array types are fixed to ArrayBuffer in some library versions; shared buffers behave the same.
    const b = buffer as ArrayBuffer;
    this.buffer = buffer;
    this.i32 = new Int32Array(b);
    this.u32 = new Uint32Array(b);
    this.f32 = new Float32Array(b);
    this.f64 = new Float64Array(b);
    this.u8 = new Uint8Array(b);
  }

  #exhausted(bytes: number): DeviceError {
    const maximum = this.#memory.maximumBytes;
    return new DeviceError(
      `heap: out of memory: asked for ${mebibytes(bytes)}; ${mebibytes(this.liveBytes)} are live, the memory holds ${mebibytes(this.capacityBytes)} and may grow to ${mebibytes(maximum)}; drop tensors, or work in smaller batches`,
      {
        bytes,
        liveBytes: this.liveBytes,
        capacityBytes: this.capacityBytes,
        maximumBytes: maximum,
      },
    );
  }
}

/** A heap on top of `memory`, whose first {@link RESERVED} bytes stay untouched. */
export function createHeap(memory: LinearMemory): Heap {
  return new PooledHeap(memory);
}
