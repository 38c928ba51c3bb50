import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { PythonOptions, PythonPeer, SharedArray } from "../kit-types";
import type { Missing } from "../row";

const server = fileURLToPath(new URL("./server.py", import.meta.url));
const dtypes = { Float32Array: "<f4", Float64Array: "<f8", Int32Array: "<i4" } as const;

function writeArrays(folder: string, arrays: Readonly<Record<string, SharedArray>>): void {
  const infos: Record<string, { dtype: string; shape: readonly number[] }> = {};
  for (const [name, { data, shape }] of Object.entries(arrays)) {
    const dtype = dtypes[data.constructor.name as keyof typeof dtypes];
    infos[name] = { dtype, shape };
    writeFileSync(
      join(folder, `${name}.raw`),
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
  }
  writeFileSync(join(folder, "arrays.json"), JSON.stringify(infos));
}

/** Interpreters to look for the module in: a user's own often hides the system's, which has the packages. */
const interpreters = [process.env["PYTHON"], "python3", "/usr/bin/python3"];

/** What the usual numeric libraries read the number of their threads from. */
const threadVariables = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"];

/**
 * Starts a Python process with the arrays in place, in the first interpreter that has the module. It times its own
 * calls, so that the pipe between the processes is in no figure.
 *
 * @throws Error when the script fails
 */
export async function startPython(
  module: string,
  script: string,
  arrays: Readonly<Record<string, SharedArray>>,
  options: PythonOptions = {},
): Promise<PythonPeer | Missing> {
  let missing: Missing = { missing: "python3" };
  for (const interpreter of interpreters) {
    if (interpreter === undefined) continue;
    const peer = await startIn(interpreter, module, script, arrays, options);
    if (!("missing" in peer)) return peer;
    if (peer.missing !== "python3") missing = peer;
  }
  return missing;
}

async function startIn(
  interpreter: string,
  module: string,
  script: string,
  arrays: Readonly<Record<string, SharedArray>>,
  { threads }: PythonOptions,
): Promise<PythonPeer | Missing> {
  const folder = mkdtempSync(join(tmpdir(), "bench-python-"));
  writeArrays(folder, arrays);
  writeFileSync(join(folder, "script.py"), script);
  const limits =
    threads === undefined ? {} : Object.fromEntries(threadVariables.map((v) => [v, `${threads}`]));
  const child = spawn(interpreter, [server, folder, module], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...limits },
  });
  const failed = new Promise<string>((resolve) => child.once("error", (e) => resolve(e.message)));
  // Writing to a process that did not start reports its error here too.
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const close = (): void => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  // A row that fails does not get to close it.
  process.once("exit", close);
  const answer = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`bench: the Python peer for ${module} ended early`);
    return line.value;
  };
  const ask = (command: string): Promise<string> => {
    child.stdin.write(`${command}\n`);
    return answer();
  };

  const first = await Promise.race([answer(), failed.then(() => "missing python3")]);
  if (first.startsWith("missing ")) {
    close();
    return { missing: first.slice("missing ".length) };
  }
  return {
    sample: async () => Number(await ask("run")),
    result: async () => {
      const length = Number(await ask("result"));
      const bytes = readFileSync(join(folder, "result.f64"));
      return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 8 * length));
    },
    close,
  };
}
