import type { Heap } from "../heap";

/** A kernel in plain JavaScript, with the argument block of the WebAssembly kernel of the same name. */
export type FallbackKernel = (heap: Heap, args: number, chunk: number) => void;
