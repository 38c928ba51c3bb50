import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const require = createRequire(import.meta.url);

/**
 * Lets the threaded build of tfjs-wasm start in Node, where it is switched off: it loads its workers from blob
 * URLs, which Node's workers refuse, and takes half of the processors at most.
 *
 * While `start` runs, blobs are files, and Node reports enough processors for `threads` threads.
 *
 * @param folder - of the backend's build
 * @see the design of the same in pull request 8059 of tensorflow/tfjs
 */
export async function withThreads(
  threads: number,
  folder: string,
  start: () => Promise<void>,
): Promise<void> {
  const scripts = mkdtempSync(join(tmpdir(), "bench-tfjs-"));
  process.once("exit", () => rmSync(scripts, { recursive: true, force: true }));
  let files = 0;
  class FileBlob {
    readonly path: string;
    constructor(parts: readonly string[]) {
      const text = parts.join("");
      if (text.startsWith("var WasmBackendModuleThreadedSimd")) {
        // The Node build has this module compiled down to ES5, with helpers that a worker does not see.
        this.path = join(folder, "../wasm-out/tfjs-backend-wasm-threaded-simd.js");
        return;
      }
      this.path = join(scripts, `${files++}.js`);
      writeFileSync(this.path, `URL.createObjectURL = (blob) => blob.path;\n${text}`);
    }
  }
  const os = require("node:os") as { cpus: () => unknown[] };
  const saved = { Blob: globalThis.Blob, cpus: os.cpus, create: URL.createObjectURL };
  Object.assign(globalThis, { Blob: FileBlob });
  URL.createObjectURL = (blob) => (blob as unknown as FileBlob).path;
  os.cpus = () => new Array(2 * threads).fill(saved.cpus()[0]);
  try {
    await start();
  } finally {
    Object.assign(globalThis, { Blob: saved.Blob });
    URL.createObjectURL = saved.create;
    os.cpus = saved.cpus;
    // The backend leaves Node's Worker as a global, which would make other libraries take Node for a browser.
    Reflect.deleteProperty(globalThis, "Worker");
  }
}
