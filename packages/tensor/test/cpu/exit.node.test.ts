import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "tsup";
import { afterAll, beforeAll, expect, it } from "vitest";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "exit-"));

beforeAll(async () => {
  await build({
    entry: [join(import.meta.dirname, "../../src/cpu/runtime.ts")],
    outDir: folder,
    format: "esm",
    outExtension: () => ({ js: ".mjs" }),
    silent: true,
    config: false,
  });
  // The bundler starts a process of its own, on a machine that may be busy.
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program that has the runtime's exports in scope; fails if it has not ended by itself in time. */
async function program(
  text: string,
  ...flags: string[]
): Promise<{ stdout: string; stderr: string }> {
  const file = join(folder, "program.mjs");
  writeFileSync(
    file,
    `import { configureCpu, cpuRuntime, setThreads, shutdownThreads } from "./runtime.mjs";\n${text}`,
  );
  return run(process.execPath, [...flags, file], { timeout: 50_000 });
}

/** Enough integer products for workers to start. */
const work = `
setThreads(3);
const { heap, ...rest } = cpuRuntime();
const rt = cpuRuntime();
const args = heap.allocate(256);
const [a, b, c] = [0, 0, 0].map(() => heap.allocate(65536));
rt.write([a, b, c, 128, 128, 128, 512, 4, 512, 4, 512, 4, 0, 128, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0], args);
const go = () => rt.call(rt.kernelIndex("dot_i32"), args, 32, 1e6);
`;

it("a process ends by itself while workers sleep", async () => {
  const text = `${work} go(); while (rt.workers < 2) { go(); await new Promise((r) => setTimeout(r, 1)); } console.log("done");`;
  expect((await program(text)).stdout).toBe("done\n");
});

it("a process ends by itself while workers are starting", async () => {
  expect((await program(`${work} go(); console.log("done");`)).stdout).toBe("done\n");
});

it("a process that waits for the end of its workers gets there", async () => {
  const text = `${work} for (let i = 0; i < 50; i++) go(); await shutdownThreads(); console.log(rt.workers);`;
  expect((await program(text)).stdout).toBe("0\n");
});

it("workers take part in work that never returns to the event loop", async () => {
  const text = `${work} const end = Date.now() + 40000; while (rt.workerChunks === 0 && Date.now() < end) go(); console.log(rt.workerChunks > 0);`;
  expect((await program(text)).stdout).toBe("true\n");
});

it("without WebAssembly the kernels run in plain JavaScript, and one warning says why", async () => {
  const { stdout, stderr } = await program(
    `delete globalThis.WebAssembly; ${work} go(); console.log(rt.backend, rt.threads);`,
  );
  expect(stdout).toBe("js 1\n");
  expect(stderr.match(/no WebAssembly here/g)).toHaveLength(1);
  expect(stderr).toContain("wasm-unsafe-eval");
});

it("plain JavaScript by choice is not worth a warning", async () => {
  const { stdout, stderr } = await program(
    `configureCpu({ backend: "js" }); ${work} go(); console.log(rt.backend);`,
  );
  expect(stdout).toBe("js\n");
  expect(stderr).toBe("");
});

it("without shared memory the same binary runs on one thread", async () => {
  const { stdout } = await program(
    `delete globalThis.SharedArrayBuffer; ${work} go(); console.log(rt.backend, rt.threads);`,
  );
  expect(stdout).toBe("wasm 1\n");
});
