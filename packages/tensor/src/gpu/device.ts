import type { TypedArray } from "../dtype";
import { ArgumentError, DeviceError } from "../errors";
import type { Graph } from "../graph/graph";
import type { Executable } from "../internal/device";
import type { Aval, Primitive } from "../internal/primitive";
import { readConcrete } from "../internal/read";
import type { Concrete, Tensor } from "../tensor";
import type { Backend, BuiltKernel, Handle } from "./backend/backend";
import { GpuBuffer, tensorOf } from "./buffer";
import type { GpuCounters, GpuInfo, GpuDevice as PublicDevice } from "./device-info";
import { evaluateEagerly } from "./eager";
import { GpuExecutable } from "./executable";
import { KernelCache } from "./kernel-cache";
import type { Plan } from "./plan";
import { JobQueue } from "./queue";
import { deviceError, noDoubles, tooLarge } from "./refuse";
import { Residents } from "./residents";
import { runPlan } from "./run-plan";
import { type KernelSpec, lengthOf } from "./source/kernel-spec";
import type { Target } from "./source/target";
import { Transfers } from "./transfers";

/**
 * A GPU on which tensors live and functions run.
 *
 * Calls return at once; errors of the work behind them reject the reads of its results.
 */
export class GpuDevice implements PublicDevice {
  readonly "@x/tensor/device/1" = true;
  readonly info: GpuInfo;
  readonly counters: GpuCounters;
  /** Copies to and from the device. @internal */
  readonly transfers: Transfers;
  /** What lowerings need to know. @internal */
  readonly target: Target;
  readonly #backend: Backend;
  readonly #queue = new JobQueue();
  readonly #kernels: KernelCache;
  readonly #residents = new Residents();
  /** The last error that the driver reported, and how many there were. */
  #fault: DeviceError | undefined;
  #faults = 0;
  #closed: DeviceError | undefined;

  /** Made by {@link gpu}. @internal */
  constructor(backend: Backend) {
    this.#backend = backend;
    this.transfers = new Transfers(backend);
    this.counters = this.transfers.counters;
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
          : `gpu: expected work without errors; ${this.name} reports: ${message}; ${this.#residents}`,
        { adapter, resident: this.#residents.bytes },
      );
      if (lost) this.#closed = error;
      else {
        this.#fault = error;
        this.#faults++;
        this.#residents.poison(error);
      }
    });
  }

  /** What plans and errors call the device. */
  get name(): string {
    return `gpu (${this.info.backend}, ${this.info.adapter})`;
  }

  /** What tensors hold on the device. */
  memory(): { readonly bytes: number; readonly buffers: number } {
    const { bytes, buffers } = this.#residents;
    return { bytes, buffers };
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
          const mark = this.#residents.mark();
          const done = (): void => {
            if (this.#closed !== undefined) reject(this.#closed);
            else {
              this.#residents.vouch(mark);
              resolve();
            }
          };
          this.#backend.wait().then(done, (error) => reject(this.#explain(error)));
        }
      });
    });
  }

  /** Gives the device back. Tensors on it cannot be read any more; pending reads reject. */
  destroy(): void {
    if (this.#closed === undefined) {
      // Work that has begun may still read them, on a driver's device that is shared and lives on.
      this.#queue.push(() => {
        for (const handle of this.#residents.takeAll()) this.#backend.free(handle);
      });
      this.#backend.destroy();
    }
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
    return tensorOf(buffer, { shape, dtype });
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

  /** A buffer that is still to be filled. @internal */
  allocate({ shape, dtype }: Aval): GpuBuffer {
    if (dtype === "f64") throw noDoubles("gpu");
    const length = shape.reduce((n, d) => n * d, 1);
    return new GpuBuffer(this, dtype, length);
  }

  /**
   * Fills a buffer from the CPU's memory.
   *
   * @internal
   */
  upload(buffer: GpuBuffer, elements: TypedArray): void {
    this.enqueue([], [buffer], () => {
      this.#checkLength(buffer.floats);
      this.fill(buffer, this.transfers.upload(buffer.dtype, elements));
    });
  }

  #checkLength(floats: number): void {
    const { maxLength } = this.target;
    if (floats > maxLength) throw tooLarge(this.name, floats, maxLength, this.#residents);
  }

  /** @internal */
  fill(buffer: GpuBuffer, handle: Handle): void {
    this.#residents.fill(buffer, handle);
    this.#queue.allocated(buffer.floats * 4, () => this.#backend.wait());
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
    return this.#closed ?? deviceError(this.name, error, this.#residents);
  }

  /** Elements of a buffer, when the work that fills it has run. */
  read(buffer: GpuBuffer): Promise<TypedArray> {
    return new Promise((resolve, reject) => {
      this.#queue.push(() => {
        const failed = this.#closed ?? buffer.failure;
        if (failed !== undefined) reject(failed);
        else this.#download(buffer).then(resolve, (error) => reject(this.#explain(error)));
      });
    });
  }

  async #download(buffer: GpuBuffer): Promise<TypedArray> {
    const { dtype, length } = buffer;
    const mark = this.#residents.mark();
    const elements = await this.transfers.download(buffer.handle as Handle, dtype, length);
    if (this.#closed !== undefined) throw this.#closed;
    // Reported while the data were on their way.
    if (buffer.failure !== undefined) throw buffer.failure;
    this.#residents.vouch(mark);
    return elements;
  }

  /** @internal */
  kernel(spec: KernelSpec): BuiltKernel | Promise<BuiltKernel> {
    // A loop would go on where the driver's device is shared and lives on.
    if (this.#closed !== undefined) throw this.#closed;
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
      const handle = this.#residents.take(buffer);
      if (handle !== undefined && this.#closed === undefined) this.#backend.free(handle);
    });
  }
}
