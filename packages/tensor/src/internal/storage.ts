import type { DType, TypedArray } from "../dtype";
import type { RemoteBlock } from "./device";

/**
 * Where the elements of concrete tensors live: an ordinary garbage-collected typed array,
 * a block of the CPU heap that a donated training state keeps between calls, or another device.
 */
export interface Storage {
  readonly dtype: DType;
  readonly length: number;
  /** The elements, for ordinary storage. */
  array: TypedArray | undefined;
  /** The block, for resident storage. */
  block: ResidentBlock | undefined;
  /** For storage on another device. */
  readonly remote?: RemoteBlock;
  /** Set when the storage was donated: nothing may read it any more. */
  donatedTo: string | undefined;
  /** How often the elements were copied to the heap. */
  uses: number;
}

/** A block of heap memory that a storage owns; it moves on to another when the storage is donated. */
export interface ResidentBlock {
  readonly pointer: number;
  readonly bytes: number;
  /** Makes the garbage collector aware of the block. */
  readonly weight: ArrayBuffer;
  /** Copies the elements out. */
  read(): TypedArray;
}

/** Storage around an existing typed array, which is not copied. */
export const storageOf = (dtype: DType, array: TypedArray): Storage => ({
  dtype,
  length: array.length,
  array,
  block: undefined,
  donatedTo: undefined,
  uses: 0,
});
