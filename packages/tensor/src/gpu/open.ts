import { ArgumentError, DeviceError } from "../errors";
import type { Backend, BackendName } from "./backend/backend";
import type { GpuJsModule } from "./backend/gpu-js";
import { WebGlBackend } from "./backend/webgl";
import { WebGpuBackend } from "./backend/webgpu";
import { GpuDevice as OpenDevice } from "./device";
import type { GpuDevice } from "./device-info";

/** Which device to open. */
export interface GpuOptions {
  /** The interface to use; default `auto`: the first that works of webgpu, webgl2, webgl, headless. */
  readonly backend?: "auto" | BackendName | undefined;
}

const names: readonly BackendName[] = ["webgpu", "webgl2", "webgl", "headless"];

const inBrowser = (): boolean =>
  typeof document !== "undefined" || typeof OffscreenCanvas !== "undefined";

async function loadGpuJs(backend: "auto" | BackendName): Promise<GpuJsModule> {
  try {
    const module = (await import("gpu.js")) as unknown as GpuJsModule & { default?: GpuJsModule };
    return module.GPU === undefined ? (module.default as GpuJsModule) : module;
  } catch (error) {
    const beside = inBrowser() ? "" : backend === "headless" ? " gl" : " webgpu";
    throw new DeviceError(
      `gpu: expected the package gpu.js; it could not be loaded (${(error as Error).message.split("\n")[0]}); run npm install gpu.js${beside}`,
    );
  }
}

/** What the package webgpu exports. */
interface Dawn {
  create(options: readonly string[]): unknown;
  readonly globals: object;
}

async function loadDawn(): Promise<Dawn> {
  // In a variable, or bundlers of pages look for the package, which only Node needs.
  const name = "webgpu";
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as Dawn;
  } catch (error) {
    throw new DeviceError(
      `the package webgpu could not be loaded (${(error as Error).message.split("\n")[0]})`,
      { missing: "webgpu" },
    );
  }
}

/** Puts Dawn where browsers have their own WebGPU. */
async function provideWebGpu(): Promise<void> {
  const scope = globalThis as { navigator?: { gpu?: unknown } };
  if (scope.navigator?.gpu !== undefined || inBrowser()) return;
  const { create, globals } = await loadDawn();
  Object.assign(globalThis, globals);
  const gpu = create([]);
  // Node has a navigator from version 21 on, and it can be extended.
  if (scope.navigator === undefined)
    Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  else Object.defineProperty(scope.navigator, "gpu", { value: gpu, configurable: true });
}

/** Asks whether there is something to open: gpu.js would answer for other reasons than those that apply here. */
async function expectAdapter(): Promise<void> {
  const { navigator } = globalThis as {
    navigator?: { gpu?: { requestAdapter(): Promise<object | null> } };
  };
  if (navigator?.gpu === undefined)
    throw new DeviceError(
      "the browser has no WebGPU here; it needs a recent version, and a page from https or localhost",
    );
  if ((await navigator.gpu.requestAdapter()) === null) throw new DeviceError("no adapter answers");
}

async function openBackend(name: BackendName, { GPU }: GpuJsModule): Promise<Backend> {
  if (name === "webgpu") {
    await provideWebGpu();
    await expectAdapter();
    return WebGpuBackend.open(new GPU({ mode: "webgpu" }));
  }
  const supported = {
    webgl2: GPU.isWebGL2Supported,
    webgl: GPU.isWebGLSupported,
    headless: GPU.isHeadlessGLSupported,
  }[name];
  if (!supported) {
    throw new DeviceError(
      name === "headless"
        ? "the package gl is not installed, or finds no display"
        : inBrowser()
          ? "the browser has no driver for it, or has it switched off"
          : "it needs a browser",
    );
  }
  return WebGlBackend.open(name, new GPU({ mode: name === "headless" ? "headlessgl" : name }));
}

/** What to do about failures, so that one backend or the other works. */
function advice(backend: "auto" | BackendName, failures: readonly unknown[]): string {
  if (inBrowser()) return "allow hardware acceleration in the browser";
  if (backend === "headless")
    return "run npm install gpu.js gl, and the program with xvfb-run where there is no screen";
  if (backend === "webgl" || backend === "webgl2") return 'ask for "webgpu" in Node';
  const driver =
    "make sure that a Vulkan, Metal or Direct3D driver is there (VK_ICD_FILENAMES names one that computes on the CPU)";
  const absent = failures.some((e) => e instanceof DeviceError && e.data["missing"] === "webgpu");
  return absent ? `run npm install gpu.js webgpu, and ${driver}` : driver;
}

/**
 * Opens a GPU.
 *
 * In a browser: WebGPU if an adapter answers, else WebGL2, else WebGL. In Node: WebGPU through the package
 * `webgpu`, else the headless GL of gpu.js where the package `gl` is installed. gpu.js is loaded by this call.
 *
 * @param options.backend - `webgpu`, `webgl2`, `webgl` or `headless` to insist on one; default `auto`
 * @throws ArgumentError for another name; DeviceError when none works: says what was tried and what to install
 * @example
 * const device = await gpu();
 * const step = jit(update, { device, donate: [0] });
 */
export async function gpu(options: GpuOptions = {}): Promise<GpuDevice> {
  const { backend = "auto" } = options;
  if (backend !== "auto" && !names.includes(backend))
    throw new ArgumentError(
      `gpu: expected backend "auto", "webgpu", "webgl2", "webgl" or "headless"; got ${JSON.stringify(backend)}`,
      { backend },
    );
  const module = await loadGpuJs(backend);
  const order: readonly BackendName[] =
    backend !== "auto"
      ? [backend]
      : inBrowser()
        ? ["webgpu", "webgl2", "webgl"]
        : ["webgpu", "headless"];
  const failures: unknown[] = [];
  for (const name of order) {
    try {
      return new OpenDevice(await openBackend(name, module));
    } catch (error) {
      failures.push(error);
    }
  }
  const tried = failures.map((e, i) => `${order[i]}: ${e instanceof Error ? e.message : e}`);
  throw new DeviceError(
    `gpu: expected a GPU; tried ${tried.join("; ")}; ${advice(backend, failures)}, or use the CPU`,
    { tried: order },
  );
}
