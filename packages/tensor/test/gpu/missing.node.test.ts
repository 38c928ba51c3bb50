import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { build } from "tsup";
import { afterAll, beforeAll, expect, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
// Outside the repository, so that nothing is found but what is put there.
const folder = mkdtempSync(join(tmpdir(), "gpu-missing-"));
const require = createRequire(join(root, "package.json"));

beforeAll(async () => {
  await build({
    entry: { gpu: join(root, "src/gpu.ts") },
    outDir: join(folder, "built"),
    format: ["esm", "cjs"],
    outExtension: ({ format }) => ({ js: format === "esm" ? ".mjs" : ".cjs" }),
    external: ["gpu.js"],
    silent: true,
    config: false,
  });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The folder of an installed package. */
const installed = {
  "gpu.js": dirname(dirname(require.resolve("gpu.js"))),
  webgpu: dirname(require.resolve("webgpu")),
};

/** What opening a GPU says in a project with these packages, where no driver answers. */
async function messages(
  packages: readonly (keyof typeof installed)[],
  options = "",
): Promise<string[]> {
  const project = mkdtempSync(join(folder, "project-"));
  mkdirSync(join(project, "node_modules"));
  for (const name of packages) symlinkSync(installed[name], join(project, "node_modules", name));
  for (const file of ["gpu.mjs", "gpu.cjs"])
    cpSync(join(folder, "built", file), join(project, file));
  const body = `gpu(${options}).then(() => console.log("opened"), (e) => console.log(e.code + " " + e.message));`;
  writeFileSync(join(project, "a.mjs"), `import { gpu } from "./gpu.mjs";\n${body}`);
  writeFileSync(join(project, "b.cjs"), `const { gpu } = require("./gpu.cjs");\n${body}`);
  // Nor a package gl from elsewhere, nor a display.
  const { NODE_PATH: _path, DISPLAY: _display, ...rest } = process.env;
  const env = { ...rest, VK_ICD_FILENAMES: join(project, "none"), VK_DRIVER_FILES: "" };
  const outputs = ["a.mjs", "b.cjs"].map((file) =>
    run(process.execPath, ["--unhandled-rejections=strict", file], { cwd: project, env }),
  );
  return (await Promise.all(outputs)).map(({ stdout }) => stdout.trim());
}

it("without gpu.js, both formats say what to install", async () => {
  for (const message of await messages([]))
    expect(message).toMatch(
      /^ERR_DEVICE gpu: expected the package gpu\.js; it could not be loaded \(Cannot find .*'gpu\.js'.*\); run npm install gpu\.js webgpu$/,
    );
  for (const message of await messages([], '{ backend: "headless" }'))
    expect(message).toMatch(/; run npm install gpu\.js gl$/);
});

it("without webgpu, they say what was tried", async () => {
  for (const message of await messages(["gpu.js"]))
    expect(message).toMatch(
      /^ERR_DEVICE gpu: expected a GPU; tried webgpu: the package webgpu could not be loaded \(Cannot find .*'webgpu'.*\); headless: the package gl is not installed, or finds no display; run npm install gpu\.js webgpu, and make sure that a Vulkan, Metal or Direct3D driver is there \(VK_ICD_FILENAMES names one that computes on the CPU\), or use the CPU$/,
    );
  for (const message of await messages(["gpu.js"], '{ backend: "headless" }'))
    expect(message).toMatch(
      /tried headless: the package gl is not installed, or finds no display; run npm install gpu\.js gl, and the program with xvfb-run where there is no screen, or use the CPU$/,
    );
});

it("WebGL, which Node does not have, leads to WebGPU", async () => {
  for (const backend of ["webgl2", "webgl"])
    for (const message of await messages(["gpu.js"], `{ backend: "${backend}" }`))
      expect(message).toBe(
        `ERR_DEVICE gpu: expected a GPU; tried ${backend}: it needs a browser; ask for "webgpu" in Node, or use the CPU`,
      );
});

it("without a driver, they say that no adapter answers, and nothing of packages that are there", async () => {
  for (const message of await messages(["gpu.js", "webgpu"], '{ backend: "webgpu" }'))
    expect(message).toMatch(
      /^ERR_DEVICE gpu: expected a GPU; tried webgpu: no adapter answers; make sure that a Vulkan, Metal or Direct3D driver is there \(VK_ICD_FILENAMES names one that computes on the CPU\), or use the CPU$/,
    );
});
