import type { WorkerLike } from "./default-worker";
import type { Request, Response } from "./messages";

interface Events {
  on?(event: string, listener: (value: never) => void): void;
  addEventListener?(event: string, listener: (event: never) => void): void;
  ref?(): void;
  unref?(): void;
}

/** What a worker tells its owner. */
export interface WorkerEvents {
  answered(response: Response): void;
  /** It ended, or never started; it answers no more. */
  ended(reason: string): void;
}

/** A worker of either platform, with one way to be heard. */
export interface PoolWorker {
  send(request: Request): void;
  /** Whether the process waits for it. */
  hold(busy: boolean): void;
  end(): Promise<void>;
}

/** Listens to a worker. */
export function poolWorker(worker: WorkerLike, events: WorkerEvents): PoolWorker {
  const source = worker as WorkerLike & Events;
  if (source.on !== undefined) {
    source.on("message", (response: Response) => events.answered(response));
    source.on("error", (error: Error) => events.ended(error.message));
    source.on("exit", (code: number) => events.ended(`exit code ${code}`));
  } else {
    source.addEventListener?.("message", ({ data }: { data: Response }) => events.answered(data));
    source.addEventListener?.("error", (event: { message?: string; preventDefault?(): void }) => {
      event.preventDefault?.();
      events.ended(event.message ?? "it could not be loaded");
    });
  }
  source.unref?.();
  return {
    send: (request) => worker.postMessage(request),
    hold: (busy) => (busy ? source.ref?.() : source.unref?.()),
    async end() {
      await worker.terminate();
    },
  };
}
