import { DeviceError } from "../errors";
import { JOB_ADDRESS, THREAD_SCRATCH } from "./control";
import type { Heap } from "./heap";
import * as job from "./job-words";
import type { Kernel } from "./kernels";
import * as line from "./line-words";
import { type StartWorker, startWorker, type WorkerThread } from "./worker-thread";

/** Worker threads that share the kernels' memory and take chunks of a launch. */
export interface Pool {
  /** Starts workers until there are `count`, or tells those beyond `count` to end. */
  resize(count: number): void;
  /** Runs all chunks of a launch on this thread and on every worker that is awake in time. */
  launch(kernel: number, args: number, chunks: number, wake: boolean): void;
  /** Workers that have started up and take part. */
  readonly ready: number;
  /** Chunks that workers have run so far. */
  readonly ran: number;
  /** Ends all workers; resolves when none of them lives. */
  shutdown(): Promise<void>;
}

interface Member {
  readonly words: Int32Array;
  readonly block: number;
  readonly thread: WorkerThread;
  readonly ended: Promise<void>;
}

/**
 * The main thread looks this long before it sleeps until the last worker is done: about the time that waking up
 * costs. Longer would hurt where workers wait for the very core that the main thread keeps busy.
 */
const SPIN_MILLISECONDS = 0.05;

/** A worker that is silent for this long inside one chunk is taken for dead. */
const SILENCE_MILLISECONDS = 60_000;

/** How a pool deals with its threads; other than by default only in tests. */
export interface PoolOptions {
  readonly start?: StartWorker;
  readonly silenceMilliseconds?: number;
}

/** A pool without any worker yet. */
export function createPool(
  heap: Heap,
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  kernels: readonly Kernel[],
  scratch: number,
  {
    start: startThread = startWorker,
    silenceMilliseconds: silence = SILENCE_MILLISECONDS,
  }: PoolOptions = {},
): Pool {
  const words = new Int32Array(heap.buffer as ArrayBuffer, JOB_ADDRESS, job.words);
  let members: Member[] = [];
  const leaving = new Set<Member>();
  let ranBefore = 0;
  let possible = true;

  const start = (): void => {
    const block = heap.allocate(THREAD_SCRATCH + line.words * 4);
    const lineAddress = block + THREAD_SCRATCH;
    heap.u8.fill(0, lineAddress, lineAddress + line.words * 4);
    let resolve = (): void => undefined;
    const ended = new Promise<void>((r) => {
      resolve = r;
    });
    const thread = startThread({ module, memory, lineAddress, scratch: block }, () => {
      members = members.filter((m) => m.block !== block);
      for (const m of leaving) if (m.block === block) leaving.delete(m);
      ranBefore += own[line.ran] as number;
      heap.free(block);
      resolve();
    });
    const own = new Int32Array(heap.buffer as ArrayBuffer, lineAddress, line.words);
    if (thread === undefined) {
      possible = false;
      heap.free(block);
    } else members.push({ words: own, block, thread, ended });
  };

  const release = (from: number): void => {
    for (const member of members.splice(from)) {
      leaving.add(member);
      Atomics.store(member.words, line.stop, 1);
    }
    // The parity stays even, no job is open; a worker that is about to sleep sees the change and does not.
    Atomics.add(words, job.state, 2);
    Atomics.notify(words, job.state);
  };

  /** Waits until no worker is inside the job that was just closed. */
  const join = (): void => {
    const silent = members.filter(
      ({ words: own }) =>
        !becomesIdle(own, SPIN_MILLISECONDS) && !sleepUntilIdle(words, own, silence),
    );
    if (silent.length === 0) return;
    members = members.filter((m) => !silent.includes(m));
    throw new DeviceError(
      `threads: a worker has not finished its part of a kernel for ${silence / 1000} s; results of this call are lost`,
    );
  };

  return {
    resize(count) {
      if (count < members.length) release(count);
      while (possible && members.length < count) start();
    },
    launch(kernel, args, chunks, wake) {
      const run = kernels[kernel] as Kernel;
      words[job.kernel] = kernel;
      words[job.args] = args;
      words[job.chunks] = chunks;
      words[job.failed] = 0;
      Atomics.store(words, job.next, 0);
      Atomics.add(words, job.state, 1);
      if (wake && Atomics.load(words, job.sleepers) > 0)
        Atomics.notify(words, job.state, chunks - 1);
      try {
        for (;;) {
          const chunk = Atomics.add(words, job.next, 1);
          if (chunk >= chunks) break;
          run(args, chunk, scratch);
        }
      } finally {
        Atomics.store(words, job.next, chunks);
        Atomics.add(words, job.state, 1);
        join();
      }
      if (words[job.failed] !== 0)
        throw new DeviceError("threads: a kernel failed in a worker thread");
    },
    get ready() {
      return members.filter((m) => Atomics.load(m.words, line.ready) !== 0).length;
    },
    get ran() {
      return [...members, ...leaving].reduce(
        (sum, m) => sum + (m.words[line.ran] as number),
        ranBefore,
      );
    },
    async shutdown() {
      release(0);
      for (const member of leaving) member.thread.hold();
      await Promise.all([...leaving].map((m) => m.ended));
    },
  };
}

/** Whether a worker leaves its job while this thread looks on. */
function becomesIdle(own: Int32Array, milliseconds: number): boolean {
  if (Atomics.load(own, line.active) === 0) return true;
  const end = performance.now() + milliseconds;
  do {
    for (let i = 0; i < 100; i++) if (Atomics.load(own, line.active) === 0) return true;
  } while (performance.now() < end);
  return false;
}

let mayWait = true;

/** Whether a worker leaves its job within so many milliseconds. */
function sleepUntilIdle(words: Int32Array, own: Int32Array, milliseconds: number): boolean {
  const end = performance.now() + milliseconds;
  Atomics.store(words, job.mainSleeps, 1);
  try {
    while (Atomics.load(own, line.active) !== 0) {
      if (performance.now() > end) return false;
      // A browser's main thread may not sleep: there the wait throws, and the loop spins.
      if (mayWait) {
        try {
          Atomics.wait(own, line.active, 1, 100);
        } catch {
          mayWait = false;
        }
      }
    }
    return true;
  } finally {
    Atomics.store(words, job.mainSleeps, 0);
  }
}
