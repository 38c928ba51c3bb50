import { afterEach, expect, it } from "vitest";
import { THREAD_SCRATCH } from "../../src/cpu/control";
import { createHeap, type Heap } from "../../src/cpu/heap";
import type { Kernel } from "../../src/cpu/kernels";
import * as line from "../../src/cpu/line-words";
import { createPool, type Pool, type PoolOptions } from "../../src/cpu/pool";
import { workerSource } from "../../src/cpu/worker-source";
import { type StartWorker, startWorker } from "../../src/cpu/worker-thread";
import { DeviceError } from "../../src/errors";
import { markModule } from "./mark-module";

interface Bench {
  readonly heap: Heap;
  readonly pool: Pool;
  readonly scratch: number;
}

let open: Pool | undefined;
afterEach(async () => {
  await open?.shutdown();
  open = undefined;
});

const kernel = { mark: 0, fragile: 1 };

function createBench(options?: PoolOptions): Bench {
  const memory = new WebAssembly.Memory({ initial: 200, maximum: 65536, shared: true });
  const heap = createHeap({ buffer: memory.buffer, maximumBytes: 0, grow: () => false });
  const module = markModule();
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = [exports["mark"] as Kernel, exports["fragile"] as Kernel];
  const scratch = heap.allocate(THREAD_SCRATCH);
  const pool = createPool(heap, module, memory, kernels, scratch, options);
  open = pool;
  return { heap, pool, scratch };
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 40_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error("nothing happened for 40 s");
    await pause(5);
  }
}

/** A job with counters of its own, so that a chunk run twice, never, or with old arguments is seen. */
function markJob({ heap }: Bench, chunks: number, spins: number) {
  const args = heap.allocate(4 + 4 * chunks);
  const words = new Int32Array(heap.buffer as ArrayBuffer, args, 1 + chunks);
  words.fill(0);
  words[0] = spins;
  return { args, chunks, counts: words.subarray(1) };
}

it("runs every chunk once, without waiting for workers to start", () => {
  const bench = createBench();
  bench.pool.resize(3);
  const job = markJob(bench, 100, 10);
  bench.pool.launch(kernel.mark, job.args, 100, true);
  expect([...job.counts]).toEqual(new Array(100).fill(1));
});

it("shares the chunks with workers that have started, and waits for theirs", async () => {
  const bench = createBench();
  bench.pool.resize(2);
  await until(() => bench.pool.ready === 2);
  await until(() => {
    // As many long chunks as threads: the main thread is done first as often as last.
    const job = markJob(bench, 3, 300_000);
    bench.pool.launch(kernel.mark, job.args, 3, true);
    expect([...job.counts]).toEqual([1, 1, 1]);
    bench.heap.free(job.args);
    return bench.pool.ran >= 40;
  });
});

/** Workers that dawdle before and after every step that other threads can see. */
const startDawdler: StartWorker = (setup, ended) =>
  startWorker(
    setup,
    ended,
    `const shared = Atomics;
    let dice = ${setup.lineAddress % 9973};
    const dawdle = () => {
      dice = (dice * 48271) % 2147483647;
      for (let i = dice % 5 === 0 ? dice % 30000 : dice % 300; i > 0; i--);
    };
    const slowly = (step) => (...operands) => {
      dawdle();
      const result = shared[step](...operands);
      dawdle();
      return result;
    };
    {
      const Atomics = Object.fromEntries(
        ["load", "store", "add", "sub", "wait", "notify"].map((step) => [step, slowly(step)]),
      );
      ${workerSource.replace("const run =", "globalThis.run =").replace('"use strict";', "")}
    }`,
  );

it.each([
  ["come late, sleep and wake", startWorker],
  ["dawdle at every step", startDawdler],
])("runs every chunk of many jobs exactly once while workers %s", async (_, start) => {
  const bench = createBench({ start });
  bench.pool.resize(3);
  // A fixed sequence of job sizes and pauses; threads bring the chance.
  let state = 1;
  const next = (below: number): number => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
  let launched = 0;
  for (let round = 0; round < 40; round++) {
    const jobs = Array.from({ length: 100 }, () => {
      const job = markJob(bench, 1 + next(12), next(4) === 0 ? next(20_000) : next(40));
      bench.pool.launch(kernel.mark, job.args, job.chunks, next(3) > 0);
      launched += job.chunks;
      expect(job.counts.every((count) => count === 1)).toBe(true);
      for (let i = next(2000); i > 0; i--);
      return job;
    });
    // The first jobs meet workers that are still starting, the others all of them.
    if (round === 10) await until(() => bench.pool.ready === 3);
    // A pause now and then, long enough for workers to fall asleep.
    if (round % 4 === 0) await pause(next(3));
    // Nobody came back to an old job.
    for (const job of jobs) {
      expect(job.counts.every((count) => count === 1)).toBe(true);
      bench.heap.free(job.args);
    }
  }
  await until(() => bench.pool.ready === 3);
  // On a busy machine the main thread may have run every chunk before another thread had its turn.
  await until(() => {
    const job = markJob(bench, 12, 20_000);
    bench.pool.launch(kernel.mark, job.args, 12, true);
    launched += 12;
    expect([...job.counts]).toEqual(new Array(12).fill(1));
    bench.heap.free(job.args);
    return bench.pool.ran > 0;
  });
  expect(bench.pool.ran).toBeLessThan(launched);
});

it("ends workers that are told to between looking for that and going to sleep", async () => {
  // They dawdle for 20 ms after every look, so that the message comes just then.
  const start: StartWorker = (setup, ended) =>
    startWorker(
      setup,
      ended,
      `const shared = Atomics;
      {
        const Atomics = Object.fromEntries(
          ["store", "add", "sub", "wait", "notify"].map((step) => [step, shared[step].bind(shared)]),
        );
        Atomics.load = (words, index) => {
          const value = shared.load(words, index);
          const end = performance.now() + 20;
          while (words.length === ${line.words} && index === ${line.stop} && performance.now() < end);
          return value;
        };
        ${workerSource.replace("const run =", "globalThis.run =").replace('"use strict";', "")}
      }`,
    );
  const bench = createBench({ start });
  bench.pool.resize(2);
  await until(() => bench.pool.ready === 2);
  const job = markJob(bench, 100, 1000);
  bench.pool.launch(kernel.mark, job.args, 100, true);
  await pause(10);
  await bench.pool.shutdown();
}, 10_000);

it("reports a kernel that fails in a worker, and goes on", async () => {
  const bench = createBench();
  bench.pool.resize(2);
  await until(() => bench.pool.ready === 2);
  const args = bench.heap.allocate(8);
  const words = new Int32Array(bench.heap.buffer as ArrayBuffer, args, 2);
  words.set([bench.scratch, 100_000]);
  let failure: unknown;
  await until(() => {
    try {
      bench.pool.launch(kernel.fragile, args, 20, true);
    } catch (error) {
      failure = error;
    }
    return failure !== undefined;
  });
  expect(failure).toBeInstanceOf(DeviceError);
  const job = markJob(bench, 30, 10);
  bench.pool.launch(kernel.mark, job.args, 30, true);
  expect([...job.counts]).toEqual(new Array(30).fill(1));
});

it("passes on a failure of its own thread once the workers are done", async () => {
  const bench = createBench();
  bench.pool.resize(1);
  await until(() => bench.pool.ready === 1);
  const args = bench.heap.allocate(8);
  new Int32Array(bench.heap.buffer as ArrayBuffer, args, 2).set([-1, 10]);
  expect(() => bench.pool.launch(kernel.fragile, args, 20, true)).toThrow(WebAssembly.RuntimeError);
  const job = markJob(bench, 30, 10);
  bench.pool.launch(kernel.mark, job.args, 30, true);
  expect([...job.counts]).toEqual(new Array(30).fill(1));
});

it("ends workers, returns their memory and starts new ones", async () => {
  const bench = createBench();
  const before = bench.heap.liveBytes;
  bench.pool.resize(3);
  await until(() => bench.pool.ready === 3);
  bench.pool.resize(1);
  expect(bench.pool.ready).toBe(1);
  await until(() => bench.heap.liveBytes < before + 2 * THREAD_SCRATCH);
  await bench.pool.shutdown();
  expect(bench.pool.ready).toBe(0);
  expect(bench.heap.liveBytes).toBe(before);
  bench.pool.resize(2);
  await until(() => bench.pool.ready === 2);
  const job = markJob(bench, 30, 10);
  bench.pool.launch(kernel.mark, job.args, 30, true);
  expect([...job.counts]).toEqual(new Array(30).fill(1));
});

it("ends workers that have hardly begun to start", async () => {
  const bench = createBench();
  const before = bench.heap.liveBytes;
  for (let i = 0; i < 5; i++) {
    bench.pool.resize(2);
    if (i % 2 === 0) await pause(1);
    await bench.pool.shutdown();
  }
  expect(bench.heap.liveBytes).toBe(before);
});

it("does not wait forever for a worker that died inside a kernel", () => {
  let dead: Int32Array | undefined;
  const start: StartWorker = ({ memory, lineAddress }) => {
    dead = new Int32Array(memory.buffer, lineAddress, line.words);
    dead[line.active] = 1;
    return { hold: () => undefined };
  };
  const bench = createBench({ start, silenceMilliseconds: 150 });
  open = undefined;
  bench.pool.resize(1);
  const job = markJob(bench, 4, 10);
  expect(() => bench.pool.launch(kernel.mark, job.args, 4, true)).toThrow(
    /threads: a worker has not finished its part of a kernel for 0\.15 s/,
  );
  bench.pool.launch(kernel.mark, job.args, 4, true);
  expect([...job.counts]).toEqual([2, 2, 2, 2]);
});

it("works on its own thread where no worker can be started", () => {
  const bench = createBench({ start: () => undefined });
  const before = bench.heap.liveBytes;
  bench.pool.resize(3);
  expect(bench.heap.liveBytes).toBe(before);
  const job = markJob(bench, 4, 10);
  bench.pool.launch(kernel.mark, job.args, 4, true);
  expect([...job.counts]).toEqual([1, 1, 1, 1]);
});
