import { fallbackKernels } from "./fallback/index";
import type { Heap } from "./heap";
import { kernelNames, type LoadedKernels } from "./wasm";

/** Runs one chunk of one kernel on the calling thread. */
export type Kernel = (args: number, chunk: number, scratch: number) => void;

/** Kernels by index, and the index of each name. */
export interface KernelTable {
  readonly index: ReadonlyMap<string, number>;
  readonly run: readonly Kernel[];
}

/** The kernels of a WebAssembly instance; indices are the same on every thread. */
export function wasmKernels({ module, instance }: LoadedKernels): KernelTable {
  const names = kernelNames(module);
  return {
    index: new Map(names.map((name, i) => [name, i])),
    run: names.map((name) => instance.exports[name] as Kernel),
  };
}

/** The kernels in plain JavaScript, working on `heap`. */
export function jsKernels(heap: Heap): KernelTable {
  const entries = Object.entries(fallbackKernels);
  return {
    index: new Map(entries.map(([name], i) => [name, i])),
    run: entries.map(
      ([, kernel]): Kernel =>
        (args, chunk) =>
          kernel(heap, args, chunk),
    ),
  };
}
