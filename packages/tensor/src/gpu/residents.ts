import type { Handle } from "./backend/backend";
import type { GpuBuffer } from "./buffer";

/** The buffers that tensors hold, and which of them are good. */
export class Residents {
  readonly #live = new Set<GpuBuffer>();
  #bytes = 0;
  /** Buffers filled so far. */
  #issued = 0;
  /** Those up to here were filled without errors. */
  #good = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get buffers(): number {
    return this.#live.size;
  }

  /** As text for errors. */
  toString(): string {
    return `${this.#bytes} bytes are resident in ${this.#live.size} buffers`;
  }

  fill(buffer: GpuBuffer, handle: Handle): void {
    buffer.handle = handle;
    buffer.issued = ++this.#issued;
    this.#live.add(buffer);
    this.#bytes += buffer.floats * 4;
  }

  /** Takes the memory out of a buffer that nobody holds any more. */
  take(buffer: GpuBuffer): Handle | undefined {
    const { handle } = buffer;
    if (!this.#live.delete(buffer)) return undefined;
    this.#bytes -= buffer.floats * 4;
    buffer.handle = undefined;
    return handle;
  }

  /** Takes the memory out of all buffers. */
  takeAll(): Handle[] {
    return [...this.#live].map((buffer) => this.take(buffer) as Handle);
  }

  /** A mark to be passed to {@link Residents.vouch} when everything filled so far turned out well. */
  mark(): number {
    return this.#issued;
  }

  vouch(mark: number): void {
    this.#good = Math.max(this.#good, mark);
  }

  /** An error in work since the last mark that was vouched for: what was filled since may be anything. */
  poison(error: Error): void {
    for (const buffer of this.#live) if (buffer.issued > this.#good) buffer.failure = error;
  }
}
