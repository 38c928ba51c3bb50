import { cpuRuntime } from "./runtime";

const ALIGN = 64;

/** Rounds up to the alignment of buffers. */
export const aligned = (bytes: number): number => Math.ceil(bytes / ALIGN) * ALIGN;

/**
 * Scratch memory that one computation at a time uses from the start.
 *
 * Computations on the CPU device are synchronous, so operands, intermediates and argument blocks of all
 * of them share one block, which only ever grows.
 */
interface Arena {
  base: number;
  bytes: number;
  /** Grows by one whenever the block moves. */
  generation: number;
}

// Beside the runtime on the global object: two copies of the package must not both own an arena.
function arena(): Arena {
  const key = Symbol.for("@x/tensor/arena/1");
  const host = globalThis as { [key]?: Arena };
  host[key] ??= { base: 0, bytes: 0, generation: 0 };
  return host[key];
}

/**
 * The address of at least `bytes` bytes of scratch memory.
 *
 * @returns the address and a number that changes when the block has moved since
 */
export function reserveArena(bytes: number): {
  readonly base: number;
  readonly generation: number;
} {
  const a = arena();
  if (bytes > a.bytes) {
    const { heap } = cpuRuntime();
    if (a.bytes > 0) heap.free(a.base);
    // Half as much again, so that growing step by step does not move the block each time.
    const want = aligned(Math.max(bytes, 1 << 16, a.bytes === 0 ? 0 : Math.ceil(bytes * 1.5)));
    a.bytes = 0;
    a.base = heap.allocate(want);
    a.bytes = want;
    a.generation++;
  }
  return a;
}
