import { helperSource, type KernelSpec, kernelSource, lengthOf } from "../source/kernel-spec";
import type { Backend, BuiltKernel, Handle, Hardware } from "./backend";
import { BufferPool } from "./buffer-pool";
import type { GpuJs, GpuJsKernel, WebGpuBuffer, WebGpuContext } from "./gpu-js";

const STORAGE = 0x80;
const COPY_SRC = 0x4;
const COPY_DST = 0x8;
const MAP_READ = 0x1;

/** Milliseconds in which the news of a lost device arrives after its first consequence. */
const NEWS = 200;

/** A buffer in the form in which gpu.js takes it for an argument. */
interface WebGpuHandle {
  readonly buffer: WebGpuBuffer;
  readonly output: readonly [number];
  readonly componentCount: 1;
  readonly context: WebGpuContext;
  readonly type: "WebGPUBuffer";
  readonly _deleted: false;
}

/** All devices of gpu.js on WebGPU share one context, which goes with the last of them. */
interface Shared {
  users: number;
  readonly reports: Set<(message: string, lost: boolean) => void>;
}
const shared = new WeakMap<WebGpuContext, Shared>();

function share(context: WebGpuContext): Shared {
  let found = shared.get(context);
  if (found === undefined) {
    const reports: Shared["reports"] = new Set();
    found = { users: 0, reports };
    shared.set(context, found);
    const { device } = context;
    // gpu.js prints what it is told here; ours rejects the reads that are concerned.
    device.onuncapturederror = ({ error }) => {
      for (const report of reports) report(error.message, false);
    };
    void device.lost.then(({ message, reason }) => {
      for (const report of reports) report(message || reason, true);
    });
  }
  found.users++;
  return found;
}

/** Members of gpu.js's kernel class that this backend works with (seen in 2.24). */
interface KernelInternals {
  readonly context: WebGpuContext;
  /** Where the next run writes; taken over, so that memory is ours to pool. */
  outputBuffer: WebGpuBuffer | null;
  bindGroupDirty: boolean;
  build(...args: readonly unknown[]): Promise<void>;
  run(...args: readonly unknown[]): Promise<unknown>;
}

/** Kernels as WGSL compute shaders over storage buffers. */
export class WebGpuBackend implements Backend {
  readonly name = "webgpu";
  readonly vectors = true;
  readonly hardware: Hardware;
  readonly maxInputs: number;
  readonly maxLength: number;
  readonly #gpu: GpuJs;
  readonly #context: WebGpuContext;
  readonly #pool: BufferPool;
  readonly #shared: Shared;
  #report: ((message: string, lost: boolean) => void) | undefined;

  private constructor(gpu: GpuJs, context: WebGpuContext) {
    this.#gpu = gpu;
    this.#context = context;
    this.#shared = share(context);
    const { adapter, device } = context;
    const info = adapter.info ?? {};
    const words = [info["vendor"], info["architecture"], info["description"]];
    const text = words.filter((w) => w !== undefined && w !== "").join(" ");
    const limits = device.limits;
    const limit = (name: string): number => limits[name] as number;
    const bytes = Math.min(limit("maxStorageBufferBindingSize"), limit("maxBufferSize"));
    // One storage buffer is for the result.
    this.maxInputs = limit("maxStorageBuffersPerShaderStage") - 1;
    this.maxLength = Math.floor(bytes / 4);
    this.hardware = {
      adapter: text === "" ? "unknown" : text,
      software:
        info["isFallbackAdapter"] === true ||
        adapter.isFallbackAdapter === true ||
        /swiftshader|llvmpipe|lavapipe|basic render/i.test(text),
      limits: { maxBufferBytes: bytes, maxInputs: this.maxInputs },
    };
    this.#pool = new BufferPool((size) => this.#create(size), this.maxLength * 4);
  }

  #create(size: number): WebGpuBuffer {
    const { device } = this.#context;
    device.pushErrorScope("out-of-memory");
    const buffer = device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
    const check = (error: object | null): void => {
      if (error === null) return;
      // What waits for its next use may be what is missing.
      this.#pool.close();
      this.#report?.(`out of memory, ${size} bytes were asked for`, false);
    };
    // It rejects when the device is lost, which is reported by itself.
    device.popErrorScope().then(check, () => undefined);
    return buffer;
  }

  /** Opens the device with a first kernel: gpu.js asks for it when one is built. */
  static async open(gpu: GpuJs): Promise<WebGpuBackend> {
    const probe = gpu.createKernel("function kernel() { return this.thread.x; }", {
      output: [1],
      functions: [],
      pipeline: true,
      immutable: false,
      loopMaxIterations: 1,
    });
    const { kernel } = probe as unknown as { kernel: KernelInternals };
    await kernel.build();
    const backend = new WebGpuBackend(gpu, kernel.context);
    probe.destroy();
    return backend;
  }

  #handle(buffer: WebGpuBuffer, length: number): WebGpuHandle {
    return {
      buffer,
      output: [length],
      componentCount: 1,
      context: this.#context,
      type: "WebGPUBuffer",
      _deleted: false,
    };
  }

  upload(data: Float32Array): Handle {
    const buffer = this.#pool.take(data.byteLength);
    this.#context.device.queue.writeBuffer(buffer, 0, data, 0, data.length);
    return this.#handle(buffer, data.length);
  }

  async download(handle: Handle, length: number): Promise<Float32Array> {
    const { buffer } = handle as WebGpuHandle;
    const { device } = this.#context;
    const staging = device.createBuffer({ size: length * 4, usage: MAP_READ | COPY_DST });
    try {
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 0, staging, 0, length * 4);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(1);
      return new Float32Array(staging.getMappedRange().slice(0));
    } catch (error) {
      // The loss of the device ends a read, too, and may be told later.
      await Promise.race([device.lost, new Promise((done) => setTimeout(done, NEWS))]);
      throw error;
    } finally {
      staging.destroy();
    }
  }

  async build(spec: KernelSpec): Promise<BuiltKernel> {
    const length = lengthOf(spec);
    const types: Record<string, string> = {};
    for (let i = 0; i < spec.buffers; i++) types[`a${i}`] = "WebGPUBuffer";
    if (spec.specials) Object.assign(types, { inf: "Number", nan: "Number" });
    const callable: GpuJsKernel = this.#gpu.createKernel(kernelSource(spec), {
      output: spec.output,
      functions: spec.functions.map((f) => ({
        source: helperSource(f),
        settings: { argumentTypes: f.parameters.map(([, t]) => t), returnType: f.returns },
      })),
      argumentTypes: types,
      pipeline: true,
      immutable: false,
      loopMaxIterations: 2147483647,
    });
    const kernel = callable.kernel as KernelInternals;
    await kernel.build(...Object.values(types).map((t) => (t === "Number" ? 0 : {})));
    kernel.outputBuffer?.destroy();
    kernel.outputBuffer = null;
    return {
      run: (args) => {
        const output = this.#pool.take(length * 4);
        // gpu.js counts references and destroys at zero; the pool holds one that it never gives up.
        output._refs = 1;
        kernel.outputBuffer = output;
        kernel.bindGroupDirty = true;
        const all = spec.specials ? [...args, Infinity, Number.NaN] : args;
        try {
          // Once built, a run issues its work before it returns; the promise only carries the result.
          void kernel.run(...all);
        } catch (error) {
          this.#pool.give(output);
          throw error;
        } finally {
          kernel.outputBuffer = null;
        }
        return this.#handle(output, length);
      },
      destroy: () => callable.destroy(),
    };
  }

  free(handle: Handle): void {
    this.#pool.give((handle as WebGpuHandle).buffer);
  }

  wait(): Promise<void> {
    return this.#context.device.queue.onSubmittedWorkDone();
  }

  onFault(report: (message: string, lost: boolean) => void): void {
    this.#report = report;
    this.#shared.reports.add(report);
  }

  destroy(): void {
    this.#pool.close();
    if (this.#report !== undefined) this.#shared.reports.delete(this.#report);
    if (--this.#shared.users === 0) this.#context.device.destroy();
  }
}
