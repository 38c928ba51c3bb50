import { resolveObjectURL } from "node:buffer";
import { Worker } from "node:worker_threads";

/** Makes a Node thread look like the inside of a Web Worker. */
const prelude = `
const { parentPort } = require("node:worker_threads");
globalThis.self = globalThis;
globalThis.postMessage = (message) => parentPort.postMessage(message);
parentPort.on("message", (data) => self.onmessage({ data }));
`;

/** As much of the Web's `Worker` as libraries written for browsers use: blob URLs and messages. */
class WebWorker {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: { message: string }) => void) | null = null;
  readonly #thread: Promise<Worker>;

  constructor(url: string) {
    this.#thread = this.#start(url);
  }

  postMessage(message: unknown): void {
    void this.#thread.then((thread) => thread.postMessage(message));
  }

  async #start(url: string): Promise<Worker> {
    const source = await resolveObjectURL(url)?.text();
    if (source === undefined)
      throw new Error(`bench: expected a blob URL for a worker; got ${url}`);
    const thread = new Worker(prelude + source, { eval: true });
    thread.on("message", (data: unknown) => this.onmessage?.({ data }));
    thread.on("error", (error) => this.onerror?.({ message: error.message }));
    thread.unref();
    return thread;
  }
}

/** Gives this process a global `Worker` and a `navigator` that reports so many processors, as a browser has. */
export function installWebWorker(processors: number): void {
  const define = (name: string, value: unknown): void =>
    void Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  define("Worker", WebWorker);
  define("navigator", { hardwareConcurrency: processors });
}
