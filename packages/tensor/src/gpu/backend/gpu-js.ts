/*
 * The few shapes of gpu.js and of WebGPU that this device uses, declared here so that no foreign type can reach
 * our declarations.
 */

/** A helper function of a kernel, as gpu.js takes it. */
export interface GpuJsFunction {
  readonly source: string;
  readonly settings: { readonly argumentTypes: readonly string[]; readonly returnType: string };
}

/** Settings of a kernel that this device gives. */
export interface GpuJsSettings {
  readonly output: readonly number[];
  readonly functions: readonly GpuJsFunction[];
  readonly argumentTypes?: Readonly<Record<string, string>>;
  readonly pipeline: true;
  readonly immutable: boolean;
  readonly precision?: "single";
  readonly optimizeFloatMemory?: boolean;
  readonly dynamicArguments?: boolean;
  /** GLSL that goes before the kernel. */
  readonly injectedNative?: string;
  readonly loopMaxIterations: number;
}

/** A callable kernel. */
export interface GpuJsKernel {
  (...args: readonly unknown[]): unknown;
  readonly kernel: object;
  destroy(removeCanvas?: boolean): void;
}

/** An instance of gpu.js. */
export interface GpuJs {
  createKernel(source: string, settings: GpuJsSettings): GpuJsKernel;
  destroy(): Promise<void>;
}

/** The module gpu.js. */
export interface GpuJsModule {
  readonly GPU: {
    new (settings: { mode: string }): GpuJs;
    readonly isWebGL2Supported: boolean;
    readonly isWebGLSupported: boolean;
    readonly isHeadlessGLSupported: boolean;
  };
  input(value: Float32Array, size: readonly number[]): unknown;
}

/** A buffer of WebGPU. */
export interface WebGpuBuffer {
  readonly size: number;
  /** gpu.js counts its handles here. */
  _refs?: number;
  destroy(): void;
  mapAsync(mode: number): Promise<void>;
  getMappedRange(): ArrayBuffer;
  unmap(): void;
}

/** Limits of an adapter or device by name. */
export type WebGpuLimits = Readonly<Record<string, number>>;

/** A device of WebGPU. */
export interface WebGpuDevice {
  readonly limits: WebGpuLimits;
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  onuncapturederror: ((event: { readonly error: { readonly message: string } }) => void) | null;
  readonly queue: {
    submit(commands: readonly unknown[]): void;
    writeBuffer(
      buffer: WebGpuBuffer,
      offset: number,
      data: ArrayBufferView,
      start: number,
      count: number,
    ): void;
    onSubmittedWorkDone(): Promise<void>;
  };
  createBuffer(options: { size: number; usage: number }): WebGpuBuffer;
  pushErrorScope(filter: "out-of-memory"): void;
  popErrorScope(): Promise<object | null>;
  createCommandEncoder(): {
    copyBufferToBuffer(
      from: WebGpuBuffer,
      fromOffset: number,
      to: WebGpuBuffer,
      toOffset: number,
      bytes: number,
    ): void;
    finish(): unknown;
  };
  destroy(): void;
}

/** An adapter of WebGPU. */
export interface WebGpuAdapter {
  readonly limits: WebGpuLimits;
  readonly info?: Readonly<Record<string, string | boolean | undefined>>;
  readonly isFallbackAdapter?: boolean;
}

/** What gpu.js keeps of WebGPU; all its kernels share it. */
export interface WebGpuContext {
  readonly adapter: WebGpuAdapter;
  readonly device: WebGpuDevice;
}
