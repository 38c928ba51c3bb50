import { DeviceError } from "@x/tensor";

/** A worker of Node or of a browser. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  terminate(): unknown;
}

interface WorkerThreads {
  readonly Worker: new (file: URL, options: object) => WorkerLike;
}

/**
 * A worker of Node that runs the package's own program.
 *
 * @throws DeviceError elsewhere
 */
export function defaultWorker(): WorkerLike {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => WorkerThreads };
  };
  const threads = process?.getBuiltinModule?.("node:worker_threads");
  if (threads === undefined) {
    throw new DeviceError(
      'threadExecutor: expected a worker outside Node; got none; pass worker: () => new Worker(url, { type: "module" }) with a program that calls serveTasks() of @x/ot/threads',
    );
  }
  const own = import.meta.url;
  const extension = own.slice(own.lastIndexOf("."));
  return new threads.Worker(new URL(`./worker${extension}`, own), { name: "x-ot" });
}
