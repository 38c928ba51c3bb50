import { shared } from "../internal/shared";
import { cpuRuntime } from "./runtime";

const ALIGN = 64;

/** Rounds up to the alignment of buffers. */
export const aligned = (bytes: number): number => Math.ceil(bytes / ALIGN) * ALIGN;

/** A block of scratch memory that only ever grows. */
interface Block {
  base: number;
  bytes: number;
  /** Grows by one whenever the block moves. */
  generation: number;
}

/**
 * Scratch memory of computations on the CPU device.
 *
 * They are synchronous, so operands, intermediates and results of all of them share one block; a computation
 * that a host function starts in the middle of another has the next block.
 */
interface Arena {
  readonly blocks: Block[];
  depth: number;
}

// Beside the runtime on the global object: two copies of the package must not both own an arena.
const arena = shared<Arena>("@x/tensor/arena/1", () => ({ blocks: [], depth: 0 }));

function grow(block: Block, bytes: number): void {
  const { heap } = cpuRuntime();
  if (block.bytes > 0) heap.free(block.base);
  // Half as much again, so that growing step by step does not move the block each time.
  const want = aligned(Math.max(1 << 16, block.bytes === 0 ? bytes : Math.ceil(bytes * 1.5)));
  block.bytes = 0;
  block.base = heap.allocate(want);
  block.bytes = want;
  block.generation++;
}

/**
 * Runs a computation with at least `bytes` bytes of scratch memory of its own.
 *
 * @param body - takes the address, and a number that changes when the memory has moved since the last time
 */
export function withArena<R>(bytes: number, body: (base: number, generation: number) => R): R {
  const a = arena();
  a.blocks[a.depth] ??= { base: 0, bytes: 0, generation: 0 };
  const block = a.blocks[a.depth] as Block;
  if (bytes > block.bytes) grow(block, bytes);
  a.depth++;
  try {
    return body(block.base, block.generation);
  } finally {
    a.depth--;
  }
}
