import { allocate, type TypedArray } from "../dtype";
import { ArgumentError, DeviceError } from "../errors";
import type { Graph } from "../graph/graph";
import type { Device, Executable } from "../internal/device";
import type { Aval, Primitive } from "../internal/primitive";
import { readConcrete } from "../internal/read";
import { contiguousStrides, isContiguous } from "../shape";
import { type Concrete, Tensor } from "../tensor";
import type { Backend, BackendName, BuiltKernel, Handle } from "./backend/backend";
import { bufferOf, GpuBuffer } from "./buffer";
import { evaluateEagerly } from "./eager";
import { decodeElements, encodeElements } from "./elements";
import { GpuExecutable } from "./executable";
import { KernelCache } from "./kernel-cache";
import type { Plan } from "./plan";
import { JobQueue } from "./queue";
import { runPlan } from "./run-plan";
import { type KernelSpec, lengthOf } from "./source/kernel-spec";
import type { Target } from "./source/target";

/** What a device is. */
export interface GpuInfo {
  /** The interface that its kernels go through. */
  readonly backend: BackendName;
  /** Vendor and model as far as the browser or driver tells. */
  readonly adapter: string;
  /** Limits by name; sizes in bytes. */
  readonly limits: Readonly<Record<string, number>>;
  /** Whether the CPU plays the GPU's part: right results, but slowly. */
  readonly software: boolean;
}

/** Counts and bytes of what went on since the device was opened. */
export interface GpuCounters {
  /** Copies to the device. */
  uploads: number;
  uploadedBytes: number;
  /** Copies from the device. */
  downloads: number;
  downloadedBytes: number;
  /** Kernels issued. */
  kernels: number;
  /** Steps that ran on the CPU for want of a kernel. */
  cpuSteps: number;
}

/**
 * A GPU on which tensors live and functions run.
 *
 * Calls return at once; errors of the work behind them reject the reads of its results.
 */
export class GpuDevice implements Device {
  readonly "@x/tensor/device/1" = true;
  readonly info: GpuInfo;
  readonly counters: GpuCounters = {
    uploads: 0,
    uploadedBytes: 0,
    downloads: 0,
    downloadedBytes: 0,
    kernels: 0,
    cpuSteps: 0,
  };
  /**
   * What lowerings need to know.
   *
   * @internal
   */
  readonly target: Target;
  readonly #backend: Backend;
  readonly #queue = new JobQueue();
  readonly #kernels: KernelCache;
  readonly #live = new Set<GpuBuffer>();
  #bytes = 0;
  #issued = 0;
  /** Work up to here has run without errors. */
  #good = 0;
  /** The last error that the driver reported, and how many there were. */
  #fault: DeviceError | undefined;
  #faults = 0;
  #closed: DeviceError | undefined;

  /**
   * Made by {@link gpu}.
   *
   * @internal
   */
  constructor(backend: Backend) {
    this.#backend = backend;
    this.#kernels = new KernelCache(backend);
    const { adapter, software, limits } = backend.hardware;
    this.info = { backend: backend.name, adapter, software, limits };
    const { name, maxInputs, maxLength, vectors } = backend;
    this.target = { backend: name, maxInputs, maxLength, vectors };
    backend.onFault((message, lost) => {
      if (this.#closed !== undefined) return;
      const error = new DeviceError(
        lost
          ? `gpu: expected a working device; ${this.name} was lost (${message}); open another with gpu() and move the data there again`
          : `gpu: expected work without errors; ${this.name} reports: ${message}; ${this.#resident()}`,
        { adapter, resident: this.#bytes },
      );
      if (lost) this.#closed = error;
      else this.#poison(error);
    });
  }

  /** What plans and errors call the device. */
  get name(): string {
    return `gpu (${this.info.backend}, ${this.info.adapter})`;
  }

  /** The driver told of an error in work since the last good read: what that work made may be anything. */
  #poison(error: DeviceError): void {
    this.#fault = error;
    this.#faults++;
    for (const buffer of this.#live) if (buffer.issued > this.#good) buffer.failure = error;
  }

  #resident(): string {
    return `${this.#bytes} bytes are resident in ${this.#live.size} buffers`;
  }

  /** What tensors hold on the device. */
  memory(): { readonly bytes: number; readonly buffers: number } {
    return { bytes: this.#bytes, buffers: this.#live.size };
  }

  /**
   * Resolves when all work so far has run.
   *
   * @throws DeviceError when the device was lost or closed
   */
  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push(() => {
        if (this.#closed !== undefined) reject(this.#closed);
        else {
          const issued = this.#issued;
          this.#backend.wait().then(() => {
            this.#good = Math.max(this.#good, issued);
            resolve();
          }, reject);
        }
      });
    });
  }

  /** Gives the device back. Tensors on it cannot be read any more; pending reads reject. */
  destroy(): void {
    if (this.#closed === undefined) this.#backend.destroy();
    this.#closed ??= new DeviceError(
      `gpu: expected an open device; ${this.name} was closed by destroy(); open another with gpu()`,
    );
    this.#kernels.clear();
  }

  /** @internal */
  put(x: Tensor): Tensor {
    const { shape, dtype } = x;
    if (x.tracer !== undefined)
      throw new ArgumentError(
        "to: expected a value; got a tensor that is being traced; move it before the function is called",
      );
    const { storage } = x.concrete as Concrete;
    if (storage.remote?.device === this) return x;
    const elements = readConcrete(shape, x.concrete as Concrete, "to");
    const buffer = this.allocate({ shape: [elements.length], dtype });
    this.upload(buffer, elements);
    return this.tensor(buffer, { shape, dtype });
  }

  /** @internal */
  evaluate(
    primitive: Primitive,
    inputs: readonly Tensor[],
    outputs: readonly Aval[],
    params: unknown,
  ): readonly Tensor[] {
    return evaluateEagerly(this, primitive, inputs, outputs, params);
  }

  /** @internal */
  compile(name: string, graph: Graph, donated: ReadonlySet<number>): Executable {
    return new GpuExecutable(this, name, graph, donated);
  }

  /**
   * A buffer that is still to be filled.
   *
   * @internal
   */
  allocate({ shape, dtype }: Aval): GpuBuffer {
    if (dtype === "f64") {
      throw new ArgumentError(
        'gpu: expected f32, i32, u32, u8 or bool; got f64; GPUs have no 64-bit floats here: use cast(x, "f32"), or the CPU',
        { dtype },
      );
    }
    const length = shape.reduce((n, d) => n * d, 1);
    return new GpuBuffer(this, dtype, length);
  }

  /**
   * A contiguous tensor of a buffer's elements.
   *
   * @internal
   */
  tensor(buffer: GpuBuffer, { shape, dtype }: Aval): Tensor {
    return Tensor.concrete(shape, dtype, {
      storage: buffer.storage(),
      offset: 0,
      strides: contiguousStrides(shape),
    });
  }

  /**
   * Fills a buffer from the CPU's memory.
   *
   * @internal
   */
  upload(buffer: GpuBuffer, elements: TypedArray): void {
    this.enqueue([], [buffer], () => {
      const data = encodeElements(buffer.dtype, elements);
      this.counters.uploads++;
      this.counters.uploadedBytes += data.byteLength;
      this.fill(buffer, this.uploadFloats(data));
    });
  }

  /** @internal */
  uploadFloats(data: Float32Array): Handle {
    this.#checkLength(data.length);
    // A buffer cannot be empty.
    return this.#backend.upload(data.length === 0 ? new Float32Array(1) : data);
  }

  #checkLength(floats: number): void {
    const most = this.target.maxLength;
    if (floats <= most) return;
    throw new DeviceError(
      `gpu: expected tensors of at most ${most * 4} bytes on ${this.name}; got one of ${floats * 4}; ${this.#resident()}; split the work`,
      { bytes: floats * 4, largest: most * 4, resident: this.#bytes },
    );
  }

  /** @internal */
  fill(buffer: GpuBuffer, handle: Handle): void {
    buffer.handle = handle;
    this.#queue.allocated(buffer.floats * 4, () => this.#backend.wait());
    buffer.issued = ++this.#issued;
    this.#live.add(buffer);
    this.#bytes += buffer.floats * 4;
  }

  /**
   * Work that reads buffers and fills others, after all that was queued before. If it fails, so do the buffers.
   *
   * @internal
   */
  enqueue(
    inputs: readonly GpuBuffer[],
    outputs: readonly GpuBuffer[],
    work: () => void | Promise<void>,
  ): void {
    const fail = (error: unknown): void => {
      for (const y of outputs) y.failure = this.#explain(error);
    };
    this.#queue.push(() => {
      const failed = this.#closed ?? inputs.find((x) => x.failure !== undefined)?.failure;
      if (failed !== undefined) {
        fail(failed);
        return;
      }
      const faults = this.#faults;
      const check = (): void => {
        if (this.#faults !== faults) fail(this.#fault);
      };
      try {
        return work()?.then(check, fail);
      } catch (error) {
        fail(error);
        return;
      }
    });
  }

  #explain(error: unknown): Error {
    if (this.#closed !== undefined) return this.#closed;
    if (error instanceof DeviceError || error instanceof ArgumentError) return error;
    const text = error instanceof Error ? error.message : String(error);
    return new DeviceError(`gpu: ${this.name} failed: ${text}; ${this.#resident()}`, {
      cause: text,
    });
  }

  /** Elements of a buffer, when the work that fills it has run. */
  read(buffer: GpuBuffer): Promise<TypedArray> {
    const result = new Promise<TypedArray>((resolve, reject) => {
      this.#queue.push(() => {
        const failed = this.#closed ?? buffer.failure;
        if (failed !== undefined) reject(failed);
        else this.download(buffer).then(resolve, (error) => reject(this.#explain(error)));
      });
    });
    return result;
  }

  /** @internal */
  async download(buffer: GpuBuffer): Promise<TypedArray> {
    if (buffer.length === 0) return allocate(buffer.dtype, 0);
    this.counters.downloads++;
    this.counters.downloadedBytes += buffer.floats * 4;
    const issued = this.#issued;
    const data = await this.#backend.download(buffer.handle as Handle, buffer.floats);
    if (this.#closed !== undefined) throw this.#closed;
    // Reported while the data were on their way.
    if (buffer.failure !== undefined) throw buffer.failure;
    this.#good = Math.max(this.#good, issued);
    return decodeElements(buffer.dtype, data);
  }

  /** @internal */
  downloadFloats(handle: Handle, floats: number): Promise<Float32Array> {
    this.counters.downloads++;
    this.counters.downloadedBytes += floats * 4;
    return this.#backend.download(handle, floats);
  }

  /** @internal */
  kernel(spec: KernelSpec): BuiltKernel | Promise<BuiltKernel> {
    this.#checkLength(lengthOf(spec));
    return this.#kernels.get(spec);
  }

  /**
   * Begins to compile a kernel; whoever runs it sees the errors.
   *
   * @internal
   */
  prepare(spec: KernelSpec): void {
    if (lengthOf(spec) === 0 || lengthOf(spec) > this.target.maxLength) return;
    const built = this.#kernels.get(spec);
    if (built instanceof Promise) built.catch(() => undefined);
  }

  /**
   * Queues a plan.
   *
   * @param given - buffers of slots that are filled before, by slot
   * @param results - buffers to fill, by slot
   * @internal
   */
  run(
    plan: Plan,
    given: ReadonlyMap<number, GpuBuffer>,
    results: ReadonlyMap<number, GpuBuffer>,
  ): void {
    this.enqueue([...given.values()], [...results.values()], () =>
      runPlan(this, plan, given, results),
    );
  }

  /** @internal */
  freeHandle(handle: Handle): void {
    this.#backend.free(handle);
  }

  /**
   * Frees a buffer when the work queued so far has been issued.
   *
   * @internal
   */
  discard(buffer: GpuBuffer): void {
    this.#queue.push(() => {
      if (!this.#live.delete(buffer)) return;
      this.#bytes -= buffer.floats * 4;
      if (this.#closed === undefined) this.#backend.free(buffer.handle as Handle);
      buffer.handle = undefined;
    });
  }

  /**
   * The buffer of a tensor's elements in C order; tensors of the CPU are copied here, windows made whole.
   *
   * @internal
   */
  contiguous(x: Tensor): { readonly buffer: GpuBuffer; readonly tensor: Tensor } {
    const here = this.put(x);
    const { storage, offset, strides } = here.concrete as Concrete;
    const buffer = bufferOf(storage) as GpuBuffer;
    if (offset === 0 && buffer.length === x.size && isContiguous(x.shape, strides))
      return { buffer, tensor: here };
    const [tensor] = evaluateEagerly(this, copyPrimitive, [here], [x], {}) as [Tensor];
    return { buffer: bufferOf((tensor.concrete as Concrete).storage) as GpuBuffer, tensor };
  }
}

/** Names the lowering that copies a window. */
const copyPrimitive = { name: "reshape" } as Primitive;
