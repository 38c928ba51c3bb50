import { browserProgram, nodeProgram, workerSource } from "./worker-source";

/** What a worker needs to take part. */
export interface WorkerSetup {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Byte address of the worker's own control line. */
  readonly lineAddress: number;
  /** Byte address of the worker's scratch memory. */
  readonly scratch: number;
}

/** A started worker thread. */
export interface WorkerThread {
  /** Keeps the process alive until the thread has ended; before that, no worker does. */
  hold(): void;
}

interface NodeWorker {
  on(event: "error" | "exit", listener: () => void): void;
  ref(): void;
  unref(): void;
}

interface NodeThreads {
  Worker: new (source: string, options: object) => NodeWorker;
}

interface NodeOs {
  availableParallelism(): number;
}

/** A module of Node, found without an import that bundlers and browsers would stumble over. */
function nodeModule<T>(name: string): T | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => T | undefined };
  };
  return process?.getBuiltinModule?.(name);
}

/** Logical processors that this process may use. */
export function hardwareThreads(): number {
  const count =
    nodeModule<NodeOs>("node:os")?.availableParallelism() ??
    (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency;
  return Math.max(1, count ?? 1);
}

/** Starts a thread that runs `source`; see {@link startWorker}. */
export type StartWorker = (
  setup: WorkerSetup,
  ended: () => void,
  source?: string,
) => WorkerThread | undefined;

/**
 * Starts a worker thread, without waiting for it.
 *
 * @param ended - called once, when the thread has ended for any reason and touches the memory no more
 * @param source - defines `run`; default the worker's own program
 * @returns undefined where threads cannot be started (old engines, a page that forbids `worker-src blob:`)
 */
export const startWorker: StartWorker = (setup, ended, source = workerSource) => {
  try {
    const threads = nodeModule<NodeThreads>("node:worker_threads");
    return threads === undefined
      ? startInBrowser(browserProgram(source), setup, ended)
      : startInNode(threads, nodeProgram(source), setup, ended);
  } catch {
    return undefined;
  }
};

function startInNode(
  threads: NodeThreads,
  program: string,
  setup: WorkerSetup,
  ended: () => void,
): WorkerThread {
  const worker = new threads.Worker(program, {
    eval: true,
    workerData: setup,
    name: "x-tensor",
    // Loaders and flags of the host program would only slow the start.
    execArgv: [],
    env: {},
  });
  // Without a listener an error in the thread would end the process; the exit event follows it.
  worker.on("error", () => undefined);
  worker.on("exit", ended);
  worker.unref();
  return { hold: () => worker.ref() };
}

function startInBrowser(program: string, setup: WorkerSetup, ended: () => void): WorkerThread {
  const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  const worker = new Worker(url, { name: "x-tensor" });
  const end = (): void => {
    worker.terminate();
    URL.revokeObjectURL(url);
    ended();
  };
  worker.onmessage = end;
  worker.onerror = end;
  worker.postMessage(setup);
  return { hold: () => undefined };
}
