import { setThreads } from "@x/tensor";
import { runTask } from "../pairwise/tasks";
import type { Request, Response } from "./messages";

interface NodePort {
  on(event: "message", listener: (request: Request) => void): void;
  postMessage(response: Response): void;
}

interface WorkerScope {
  readonly process?: { getBuiltinModule?: (name: string) => { parentPort: NodePort | null } };
  addEventListener?(event: "message", listener: (event: { data: Request }) => void): void;
  postMessage?(response: Response): void;
}

function answer({ name, payload }: Request): Response {
  try {
    return { result: runTask(name, payload) };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { error: { name: error.name, message: error.message } };
  }
}

/**
 * Makes a worker answer the tasks of a `threadExecutor`; the whole program of `@x/ot/worker`.
 *
 * @returns whether this is a worker; elsewhere nothing happens
 * @example
 * serveTasks(); // in a file of your own, for `new Worker(new URL("./tasks.js", import.meta.url), { type: "module" })`
 */
export function serveTasks(): boolean {
  const scope = globalThis as unknown as WorkerScope;
  const port = scope.process?.getBuiltinModule?.("node:worker_threads").parentPort;
  // Browsers define it in workers alone, modules included.
  const browserWorker = port === undefined && "WorkerGlobalScope" in scope;
  if (!port && !browserWorker) return false;
  // Threads come from running several tasks; each is to keep to its own.
  setThreads(1);
  if (port) port.on("message", (request) => port.postMessage(answer(request)));
  else scope.addEventListener?.("message", ({ data }) => scope.postMessage?.(answer(data)));
  return true;
}
