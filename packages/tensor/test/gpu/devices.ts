import { afterAll, describe } from "vitest";
import { type BackendName, gpu } from "../../src/gpu";
import type { GpuDevice } from "../../src/gpu/device";

declare const process:
  | { readonly env: Record<string, string | undefined>; readonly versions?: { node?: string } }
  | undefined;

const inNode = typeof process !== "undefined" && process.versions?.node !== undefined;

/** Vulkan on the CPU, which Debian's Chromium brings: with it Node has an adapter without a GPU. */
const swiftShader = "/usr/lib/chromium/vk_swiftshader_icd.json";

if (inNode && process !== undefined && process.env["VK_ICD_FILENAMES"] === undefined) {
  const { existsSync } = await import("node:fs");
  if (existsSync(swiftShader)) process.env["VK_ICD_FILENAMES"] = swiftShader;
}

/** Backends that this environment should have. */
const candidates: readonly BackendName[] = inNode ? ["webgpu"] : ["webgpu", "webgl2", "webgl"];

/** Backends that it may have: the package gl has to be installed, and a display to be there. */
const optional: readonly BackendName[] = inNode ? ["headless"] : [];

/** Devices that could be opened here, and why others could not. */
export const devices: GpuDevice[] = [];
const reasons: string[] = [];
for (const backend of [...candidates, ...optional]) {
  try {
    devices.push((await gpu({ backend })) as GpuDevice);
  } catch (error) {
    if (candidates.includes(backend)) reasons.push((error as Error).message);
  }
}

/** True where integers are those of WebGL 1: exact, and tensors, up to 2^24. */
export const isWebGl1 = ({ info }: GpuDevice): boolean =>
  info.backend === "webgl" || info.backend === "headless";

const required = !inNode || process?.env["REQUIRE_BROWSER"] === "1";
if (required && reasons.length > 0) {
  throw new Error(
    `GPU tests: expected ${candidates.join(", ")}; ${reasons.join("; ")}; install Chromium, whose SwiftShader stands in for a GPU`,
  );
}

afterAll(() => {
  for (const device of devices.splice(0)) device.destroy();
});

/** A suite for every device of this environment; without any it counts as skipped. */
export function onEachDevice(title: string, body: (device: GpuDevice) => void): void {
  if (devices.length === 0) describe.skip(`${title} (no GPU)`, () => body(undefined as never));
  for (const device of devices) describe(`${title} on ${device.info.backend}`, () => body(device));
}
