/** Growable linear memory under a heap: a `WebAssembly.Memory` or a plain buffer. */
export interface LinearMemory {
  /** The current buffer; replaced when the memory grows. */
  readonly buffer: ArrayBufferLike;
  /** The size that `grow` never exceeds. */
  readonly maximumBytes: number;
  /** Makes the memory at least `bytes` long, keeping its contents; false if the engine refuses. */
  grow(bytes: number): boolean;
}

/** Bytes of one WebAssembly page. */
export const PAGE = 65536;

/** One page short of 4 GiB: the end of every block still fits in 32 bits. */
export const LARGEST: number = 65535 * PAGE;

/** Linear memory without WebAssembly: a buffer that is replaced by a longer copy when it grows. */
export function arrayMemory(initialBytes: number = 16 * PAGE): LinearMemory {
  let buffer = new ArrayBuffer(initialBytes);
  return {
    get buffer() {
      return buffer;
    },
    // Engines differ in the longest ArrayBuffer; 2 GiB − 1 page works in all of them.
    maximumBytes: 2 ** 31 - PAGE,
    grow(bytes) {
      try {
        const longer = new ArrayBuffer(Math.ceil(bytes / PAGE) * PAGE);
        new Uint8Array(longer).set(new Uint8Array(buffer));
        buffer = longer;
        return true;
      } catch {
        return false;
      }
    },
  };
}
