import type { KernelSpec } from "../source/kernel-spec";

/** The ways to a GPU. */
export type BackendName = "webgpu" | "webgl2" | "webgl" | "headless";

/** Memory on the device as its backend knows it. */
export type Handle = object;

/** A kernel that was compiled. */
export interface BuiltKernel {
  /** Issues the kernel; the result is fresh memory. */
  run(args: readonly Handle[]): Handle;
  destroy(): void;
}

/** What is known of a device's hardware and driver. */
export interface Hardware {
  readonly adapter: string;
  readonly software: boolean;
  readonly limits: Readonly<Record<string, number>>;
}

/** Memory and kernels of one GPU. Work that was issued runs in the order of issue. */
export interface Backend {
  readonly name: BackendName;
  readonly hardware: Hardware;
  /** Most buffers that a kernel can read. */
  readonly maxInputs: number;
  /** Most elements (32-bit floats) of a buffer. */
  readonly maxLength: number;
  /** Whether a kernel can return vectors: components lie side by side in memory. */
  readonly vectors: boolean;
  upload(data: Float32Array): Handle;
  /** The first elements of a buffer, when everything issued before has run. */
  download(handle: Handle, length: number): Promise<Float32Array>;
  build(spec: KernelSpec): Promise<BuiltKernel>;
  free(handle: Handle): void;
  /** Resolves when everything issued has run. */
  wait(): Promise<void>;
  /** Calls back when the device goes away, or reports an error of work that was issued. */
  onFault(report: (message: string, lost: boolean) => void): void;
  destroy(): void;
}
