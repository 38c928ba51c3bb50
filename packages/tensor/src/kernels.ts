import { getThreads, kernelRuntime } from "./cpu/runtime";
import type { TypedArray } from "./dtype";
import { DeviceError } from "./errors";
import { shared } from "./internal/shared";
import { isContiguous, sizeOf } from "./shape";
import type { Tensor } from "./tensor";

export { ArgumentBlock } from "./cpu/launch";

/**
 * Compiled kernels of another package, with a memory and worker threads of their own.
 *
 * A kernel is an export `(args, chunk, scratch)` of 32-bit addresses and numbers: a block of arguments in memory, the
 * number of the chunk to work on, and 1 MiB of scratch memory that belongs to the thread.
 */
export interface KernelModule {
  /** The whole memory; replaced when it grows, so read it from here after every allocation. */
  readonly f64: Float64Array;
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly u8: Uint8Array;
  /** Threads that a large call may use, the calling one included; `setThreads` changes it. */
  readonly threads: number;
  /** Bytes in blocks that are allocated now. */
  readonly liveBytes: number;
  /**
   * Address of at least `bytes` bytes, a multiple of 64; contents undefined.
   *
   * @throws DeviceError when the memory, at most 4 GiB, cannot grow any further
   */
  allocate(bytes: number): number;
  /** Gives a block back. */
  free(address: number): void;
  /**
   * Runs chunks 0 … `chunks` − 1 of a kernel, on several threads where that is worth it, and waits for them.
   *
   * Cut chunks by the size of the work alone: results then have the same bits for any number of threads.
   *
   * @param name - the kernel's export
   * @param args - its arguments, 32-bit words; see {@link ArgumentBlock}
   * @param chunks - default 1, which runs on the calling thread
   * @param nanoseconds - rough time of all chunks on one thread; default so much that threads are used
   * @throws DeviceError if there is no such kernel
   */
  call(name: string, args: readonly number[], chunks?: number, nanoseconds?: number): void;
}

/**
 * The elements of a tensor in C order, to be read and never written: the tensor's own memory where they lie side by side
 * in an ordinary array, which later operations leave as it is, else a copy as by `dataSync`.
 *
 * @throws TraceError, ArgumentError, DeviceError as `dataSync`
 */
export function elementsOf(x: Tensor): TypedArray {
  const { shape, concrete, tracer } = x;
  if (tracer === undefined && concrete !== undefined) {
    const { offset, strides } = concrete;
    const { array, block, donatedTo } = concrete.storage;
    if (donatedTo === undefined && isContiguous(shape, strides)) {
      const all = array ?? block?.read();
      if (all) return all.subarray(offset, offset + sizeOf(shape)) as TypedArray;
    }
  }
  return x.dataSync();
}

/** Enough to wake workers. */
const LARGE_NANOSECONDS = 1e6;

/**
 * Loads kernels that were compiled for an imported shared memory `env.memory`, once for each process.
 *
 * @param name - names the module among all copies of the package in the process; include its version
 * @param hex - the WebAssembly module, two hexadecimal digits for each byte
 * @returns a function that loads at its first call, so that importing a package costs nothing
 * @throws DeviceError, by that function, where WebAssembly is missing or a content security policy forbids it
 */
export function kernelModule(name: string, hex: string): () => KernelModule {
  return shared<KernelModule>(`@x/tensor/kernels/1/${name}`, () => loadModule(name, hex));
}

function loadModule(name: string, hex: string): KernelModule {
  const runtime = open(name, hex);
  const { heap } = runtime;
  /** As many as the CPU device itself may use now. */
  const threads = (): number => {
    if (runtime.threads !== getThreads()) runtime.setThreads(getThreads());
    return runtime.threads;
  };
  return {
    get f64() {
      return heap.f64;
    },
    get f32() {
      return heap.f32;
    },
    get i32() {
      return heap.i32;
    },
    get u32() {
      return heap.u32;
    },
    get u8() {
      return heap.u8;
    },
    get threads() {
      return threads();
    },
    get liveBytes() {
      return heap.liveBytes;
    },
    allocate: (bytes) => heap.allocate(bytes),
    free: (address) => heap.free(address),
    call(kernel, args, chunks = 1, nanoseconds = LARGE_NANOSECONDS) {
      const index = runtime.kernelIndex(kernel);
      const block = heap.allocate(args.length * 4);
      try {
        runtime.write(args, block);
        if (chunks > 1) threads();
        runtime.call(index, block, chunks, nanoseconds);
      } finally {
        heap.free(block);
      }
    },
  };
}

function open(name: string, hex: string): ReturnType<typeof kernelRuntime> {
  try {
    return kernelRuntime(hex);
  } catch (cause) {
    throw new DeviceError(
      `${name}: expected WebAssembly, which its kernels need; got ${cause}; a page's content security policy must allow 'wasm-unsafe-eval' in script-src`,
      { name },
    );
  }
}
