import type { View } from "./view";

/**
 * One kernel call: the same block of arguments, run for chunk = 0 … chunks − 1 in any order and on any thread.
 *
 * Chunks are cut by the size of the work alone, never by the number of threads,
 * so results have the same bits on any machine.
 */
export interface Launch {
  /** Name in the kernel table. */
  readonly kernel: string;
  /** Argument block, 32-bit words; copied to an address that is a multiple of 16. */
  readonly args: readonly number[];
  readonly chunks: number;
  /** Rough single-thread time of all chunks in nanoseconds: the pool wakes its workers only for enough of it. */
  readonly nanoseconds: number;
}

/** How one primitive becomes kernel calls. Inputs may have any strides; outputs are C-contiguous. */
export interface Lowering<P = unknown> {
  /** Bytes of scratch memory that lives during this step (alignment 64); default none. */
  scratch?(inputs: readonly View[], outputs: readonly View[], params: P): number;
  launch(
    inputs: readonly View[],
    outputs: readonly View[],
    params: P,
    scratch: number,
  ): readonly Launch[];
  /** Floating-point operations, for printed plans; default one for each output element. */
  flops?(inputs: readonly View[], outputs: readonly View[], params: P): number;
}

const pair = new DataView(new ArrayBuffer(8));

/** Builds an argument block word by word. */
export class ArgumentBlock {
  readonly words: number[] = [];

  /** An address, size, count or enumeration. */
  i32(...values: readonly number[]): this {
    for (const v of values) this.words.push(v | 0);
    return this;
  }

  /** A double, at the next multiple of 8 bytes. */
  f64(value: number): this {
    if (this.words.length % 2 === 1) this.words.push(0);
    pair.setFloat64(0, value, true);
    this.words.push(pair.getInt32(0, true), pair.getInt32(4, true));
    return this;
  }
}
