import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "tsup";
import { afterAll, beforeAll, expect, it } from "vitest";
import { devices } from "./devices";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
// Inside the package, so that its peer dependencies are found.
const folder = mkdtempSync(join(root, "test/gpu/exit-"));

beforeAll(async () => {
  await build({
    entry: { gpu: join(root, "src/gpu.ts"), index: join(root, "src/index.ts") },
    outDir: folder,
    format: "esm",
    outExtension: () => ({ js: ".mjs" }),
    external: ["gpu.js", "webgpu"],
    silent: true,
    config: false,
  });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function program(text: string): Promise<{ stdout: string; stderr: string }> {
  const file = join(folder, `program-${text.length}.mjs`);
  writeFileSync(
    file,
    `import { gpu } from "./gpu.mjs";\nimport { tensor } from "./index.mjs";\n${text}`,
  );
  return run(process.execPath, ["--unhandled-rejections=strict", file], {
    cwd: tmpdir(),
    timeout: 55_000,
    env: process.env,
  });
}

it.skipIf(devices.length === 0)("a program that used a device ends by itself", async () => {
  const { stdout } = await program(`
const device = await gpu();
const x = tensor([1, 2, 3]).to(device);
console.log(Array.from(await x.mul(2).data()).join());`);
  expect(stdout.trim()).toBe("2,4,6");
});

it.skipIf(devices.length === 0)("losing the device rejects reads and nothing else", async () => {
  const { stdout, stderr } = await program(`
const device = await gpu();
const x = tensor([1, 2, 3]).to(device);
await device.sync();
const y = x.mul(2);
const ignored = x.add(1);
// As a driver does that resets: the device goes without a word from its owner.
x.concrete.storage.remote.buffer.handle.context.device.destroy();
const lost = await y.data().then(() => "no", (e) => e.code + " " + e.message);
console.log(lost);
const again = await x.add(3).data().then(() => "no", (e) => e.code);
console.log(again);
const other = await gpu();
console.log(Array.from(await tensor([5]).to(other).data()).join());`);
  const [lost, again, other] = stdout.trim().split("\n");
  expect(lost).toMatch(/^ERR_DEVICE gpu: .*open another with gpu\(\)/);
  expect(again).toBe("ERR_DEVICE");
  expect(other).toBe("5");
  expect(stderr).not.toContain("Unhandled");
});
