import { type GpuDevice, gpu } from "@x/tensor/gpu";

/** Where the network can train on this page. */
export type BackendName = "cpu" | "webgpu" | "webgl2" | "webgl";

/** The backends in the order in which the page prefers them. */
export const backends: readonly BackendName[] = ["webgpu", "webgl2", "webgl", "cpu"];

/** What the page calls a backend. */
export const titles: Readonly<Record<BackendName, string>> = {
  webgpu: "WebGPU",
  webgl2: "WebGL 2",
  webgl: "WebGL 1",
  cpu: "CPU",
};

/** A backend that was opened; the CPU has no device. */
export interface Opened {
  readonly device: GpuDevice | undefined;
  /** What computes, for people to read. */
  readonly adapter: string;
  /** What people should know before they wait for it. */
  readonly note: string | undefined;
}

/**
 * Opens a backend.
 *
 * @throws DeviceError that says why it cannot be had here
 */
export async function open(name: BackendName): Promise<Opened> {
  if (name === "cpu") return openCpu();
  const device = await gpu({ backend: name });
  return {
    device,
    adapter: shortened(device.info.adapter),
    note: device.info.software ? "No GPU: software plays its part." : undefined,
  };
}

/** Chromium's names of adapters, ANGLE (vendor, adapter and interface, driver), without the wrapping. */
const shortened = (adapter: string): string =>
  adapter.match(/^ANGLE \([^,]*, (.*), [^,]*\)$/)?.[1] ?? adapter;

/** The smallest WebAssembly module: whether it compiles is what the page's policy says about all of them. */
const emptyModule = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

function openCpu(): Opened {
  try {
    new WebAssembly.Module(emptyModule);
    return { device: undefined, adapter: "WebAssembly", note: undefined };
  } catch {
    return {
      device: undefined,
      adapter: "JavaScript",
      note: "This page's policy forbids WebAssembly: slow.",
    };
  }
}

/** The part of a device error that people need: what was tried, and why it did not work. */
export function reason(name: BackendName, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [, tried] = text.match(new RegExp(`tried ${name}: (.*?)(; allow hardware|$)`)) ?? [];
  return tried ?? text.replace(/^gpu: /, "");
}
