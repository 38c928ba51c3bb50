import type { WebGpuBuffer } from "./gpu-js";

/** Bytes of buffers that wait for their next use; beyond it the oldest are destroyed. */
const KEPT = 1 << 28;

/**
 * Buffers that are used again: a fresh one has to be cleared by the driver.
 *
 * Work runs in the order of issue, so a buffer can be handed on while work that reads it is still to run.
 */
export class BufferPool {
  readonly #create: (bytes: number) => WebGpuBuffer;
  readonly #largest: number;
  readonly #free = new Map<number, WebGpuBuffer[]>();
  #kept = 0;
  #closed = false;

  constructor(create: (bytes: number) => WebGpuBuffer, largest: number) {
    this.#create = create;
    this.#largest = largest;
  }

  /** A buffer of at least so many bytes. Its contents are whatever they were. */
  take(bytes: number): WebGpuBuffer {
    const size = Math.max(bytes, Math.min(this.#largest, sizeClass(bytes)));
    const found = this.#free.get(size)?.pop();
    if (found === undefined) return this.#create(size);
    this.#kept -= size;
    return found;
  }

  give(buffer: WebGpuBuffer): void {
    const { size } = buffer;
    if (this.#closed || this.#kept + size > KEPT) {
      buffer.destroy();
      return;
    }
    const list = this.#free.get(size) ?? [];
    list.push(buffer);
    this.#free.set(size, list);
    this.#kept += size;
  }

  /** Destroys the buffers that wait, and from now on those that are given. */
  close(): void {
    this.#closed = true;
    for (const list of this.#free.values()) for (const buffer of list) buffer.destroy();
    this.#free.clear();
    this.#kept = 0;
  }
}

/** Four sizes between neighbouring powers of two: a quarter of a buffer is wasted at most. */
function sizeClass(bytes: number): number {
  const step = 2 ** Math.max(8, Math.floor(Math.log2(Math.max(1, bytes))) - 2);
  return Math.ceil(Math.max(1, bytes) / step) * step;
}
