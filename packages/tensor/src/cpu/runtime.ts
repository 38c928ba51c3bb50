import { ArgumentError, DeviceError } from "../errors";
import { shared } from "../internal/shared";
import { THREAD_SCRATCH } from "./control";
import { createHeap, type Heap } from "./heap";
import { jsKernels, type KernelTable, wasmKernels } from "./kernels";
import { arrayMemory } from "./memory";
import { createPool, type Pool } from "./pool";
import { loadKernels } from "./wasm";
import { hardwareThreads } from "./worker-thread";

/** What runs the kernels of the CPU device, in this process and for every copy of the package. */
export interface CpuRuntime {
  readonly heap: Heap;
  /** WebAssembly on several threads, on one thread, or plain JavaScript. */
  readonly backend: "wasm-threads" | "wasm" | "js";
  /** Threads that a large launch may use, this one included. */
  readonly threads: number;
  /** Workers that have started up: between 0 and `threads` − 1. */
  readonly workers: number;
  /** Chunks that workers have run so far. */
  readonly workerChunks: number;
  /**
   * Index of a kernel by its name.
   *
   * @throws DeviceError if there is none
   */
  kernelIndex(name: string): number;
  /**
   * Runs chunks 0 … `chunks` − 1 of a kernel, on several threads if that is worth it.
   *
   * @param args - address of the argument block
   * @param nanoseconds - rough time of all chunks on one thread
   */
  call(kernel: number, args: number, chunks: number, nanoseconds: number): void;
  /** Copies words to a multiple of 4 bytes on the heap. */
  write(words: readonly number[], address: number): void;
  /** See {@link setThreads}. */
  setThreads(count: number): void;
  /** See {@link shutdownThreads}. */
  shutdown(): Promise<void>;
}

/** Choices about the CPU device. */
export interface CpuOptions {
  /** `"js"` does without WebAssembly; default `"wasm"` where allowed. */
  backend?: "wasm" | "js" | undefined;
  /** Threads for large work; default the number of logical processors, at most 16. */
  threads?: number | undefined;
}

/** Default ceiling: beyond it memory bandwidth and start-up cost more than threads bring. */
const MOST_DEFAULT_THREADS = 16;

/** Work for several threads that must have come by before workers are started. */
const START_NANOSECONDS = 1_000_000;

/** Smaller launches are over before a worker could join; opening one for workers costs 0.2 µs. */
const SHARE_NANOSECONDS = 15_000;

/** Smaller launches are left to workers that happen to be awake: waking one takes some 25 µs on both sides. */
const WAKE_NANOSECONDS = 80_000;

interface CpuState {
  options: CpuOptions;
  runtime?: CpuRuntime;
  /** Ends the threads of other packages' kernels. */
  others: (() => Promise<void>)[];
}

// On the global object, because the ESM and the CJS copy of the package may both be loaded.
const state = shared<CpuState>("@x/tensor/cpu/1", () => ({ options: {}, others: [] }));

/** The process's CPU runtime, created at the first call. */
export function cpuRuntime(): CpuRuntime {
  const s = state();
  s.runtime ??= createRuntime(s.options);
  return s.runtime;
}

/**
 * Chooses how the CPU device runs; the backend can be chosen only before its first use.
 *
 * @throws DeviceError if the backend is already in use and another one is asked for
 */
export function configureCpu(options: CpuOptions): void {
  const s = state();
  if (options.threads !== undefined) checkThreads(options.threads);
  if (options.backend !== undefined && s.runtime !== undefined) {
    const inUse = s.runtime.backend === "js" ? "js" : "wasm";
    if (inUse !== options.backend) {
      throw new DeviceError(
        `configureCpu: expected the backend to be chosen before its first use; "${inUse}" is in use, got "${options.backend}"`,
        { inUse, asked: options.backend },
      );
    }
  }
  s.options = { ...s.options, ...options };
  if (options.threads !== undefined) s.runtime?.setThreads(options.threads);
}

/**
 * Sets how many threads large work may use, the calling one included; 1 switches workers off.
 *
 * Results have the same bits for any number. Where threads are not available it stays at 1.
 *
 * @param count - an integer from 1 to 256
 */
export function setThreads(count: number): void {
  configureCpu({ threads: count });
}

/** Threads that large work may use now, the calling one included. */
export function getThreads(): number {
  return cpuRuntime().threads;
}

/** Ends all worker threads and waits until they are gone; later large work starts new ones. */
export async function shutdownThreads(): Promise<void> {
  const { runtime, others } = state();
  await runtime?.shutdown();
  for (const shutdown of others) await shutdown();
}

function checkThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > 256) {
    throw new ArgumentError(
      `setThreads: expected an integer from 1 to 256; got ${count}; 1 means no worker threads`,
      { count },
    );
  }
}

function createRuntime(options: CpuOptions): CpuRuntime {
  const threads = options.threads ?? Math.min(hardwareThreads(), MOST_DEFAULT_THREADS);
  if (options.backend === "js") return jsRuntime();
  try {
    return wasmRuntime(threads);
  } catch (cause) {
    // One line, once: everything works, only slower, and the page's author can change that.
    console.warn(
      `@x/tensor: no WebAssembly here, so kernels run in plain JavaScript, many times slower (${cause}); a content security policy must allow 'wasm-unsafe-eval' in script-src`,
    );
    return jsRuntime();
  }
}

/**
 * A runtime of its own for another package's kernels.
 *
 * @param hex - the WebAssembly module in hexadecimal digits
 * @throws whatever the engine throws when WebAssembly is missing or forbidden
 */
export function kernelRuntime(hex: string): CpuRuntime {
  const runtime = wasmRuntime(1, hex);
  state().others.push(() => runtime.shutdown());
  return runtime;
}

function wasmRuntime(threads: number, hex?: string): CpuRuntime {
  const kernels = loadKernels(hex);
  const heap = createHeap(kernels.linear);
  const table = wasmKernels(kernels);
  const scratch = heap.allocate(THREAD_SCRATCH);
  const pool = kernels.shared
    ? createPool(heap, kernels.module, kernels.memory, table.run, scratch)
    : undefined;
  return new Runtime(heap, table, scratch, pool, threads);
}

function jsRuntime(): CpuRuntime {
  const heap = createHeap(arrayMemory());
  return new Runtime(heap, jsKernels(heap), 0, undefined, 1);
}

class Runtime implements CpuRuntime {
  readonly heap: Heap;
  readonly backend: CpuRuntime["backend"];
  threads: number;
  readonly #table: KernelTable;
  readonly #scratch: number;
  readonly #pool: Pool | undefined;
  /** Time that workers would have saved so far, until they are started. */
  #owed = 0;

  constructor(
    heap: Heap,
    table: KernelTable,
    scratch: number,
    pool: Pool | undefined,
    threads: number,
  ) {
    this.heap = heap;
    this.#table = table;
    this.#scratch = scratch;
    this.#pool = pool;
    this.backend = pool !== undefined ? "wasm-threads" : scratch !== 0 ? "wasm" : "js";
    this.threads = pool === undefined ? 1 : threads;
  }

  get workers(): number {
    return this.#pool?.ready ?? 0;
  }

  get workerChunks(): number {
    return this.#pool?.ran ?? 0;
  }

  kernelIndex(name: string): number {
    const index = this.#table.index.get(name);
    if (index === undefined)
      throw new DeviceError(`cpu: there is no kernel "${name}" on the ${this.backend} backend`);
    return index;
  }

  call(kernel: number, args: number, chunks: number, nanoseconds: number): void {
    if (chunks > 1 && nanoseconds >= SHARE_NANOSECONDS && this.threads > 1) {
      const pool = this.#pool as Pool;
      if (this.#owed < START_NANOSECONDS) {
        this.#owed += nanoseconds;
        if (this.#owed >= START_NANOSECONDS) pool.resize(this.threads - 1);
      }
      pool.launch(kernel, args, chunks, nanoseconds >= WAKE_NANOSECONDS);
      return;
    }
    const run = this.#table.run[kernel] as (args: number, chunk: number, scratch: number) => void;
    for (let chunk = 0; chunk < chunks; chunk++) run(args, chunk, this.#scratch);
  }

  write(words: readonly number[], address: number): void {
    const { i32 } = this.heap;
    const at = address >>> 2;
    for (let i = 0; i < words.length; i++) i32[at + i] = words[i] as number;
  }

  setThreads(count: number): void {
    if (this.#pool === undefined) return;
    this.threads = count;
    this.#pool.resize(this.#owed < START_NANOSECONDS ? 0 : count - 1);
  }

  async shutdown(): Promise<void> {
    this.#owed = 0;
    await this.#pool?.shutdown();
  }
}
