import type { Aval } from "../../internal/primitive";
import { sizeOf } from "../../shape";
import type { Handle } from "../backend/backend";
import type { GpuDevice } from "../device";
import { KernelBuilder } from "../source/kernel-builder";
import { planesOf } from "../source/view";

/** Memory that a loop holds between its steps. */
export class Owned {
  readonly #device: GpuDevice;
  readonly #handles = new Set<Handle>();

  constructor(device: GpuDevice) {
    this.#device = device;
  }

  add<T extends readonly Handle[]>(handles: T): T {
    for (const h of handles) this.#handles.add(h);
    return handles;
  }

  /** Gives up memory that now belongs to someone else. */
  release(handles: readonly Handle[]): void {
    for (const h of handles) this.#handles.delete(h);
  }

  /** Frees memory, as far as it is held here. */
  free(handles: Iterable<Handle>): void {
    for (const h of [...handles]) if (this.#handles.delete(h)) this.#device.freeHandle(h);
  }

  /** Frees everything: the work failed. */
  freeAll(): void {
    this.free(this.#handles);
  }

  /** Takes the next carry in place of the last one, whose memory is freed unless it goes on. */
  replace(last: readonly Handle[], next: readonly Handle[]): readonly Handle[] {
    this.free(last.filter((h, i) => h !== next[i]));
    this.add(next.filter((h, i) => h !== last[i]));
    return next;
  }

  /** Gives up memory of results; what was never held here is copied first. */
  async leave(handles: readonly Handle[], types: readonly Aval[]): Promise<readonly Handle[]> {
    const out: Handle[] = [];
    for (const [i, h] of handles.entries()) {
      const { shape, dtype } = types[i] as Aval;
      out.push(
        this.#handles.has(h) ? h : await copyOf(this.#device, h, sizeOf(shape) * planesOf(dtype)),
      );
      this.add(out);
    }
    this.release(out);
    return out;
  }
}

/** A copy of the first floats of a buffer. */
async function copyOf(device: GpuDevice, handle: Handle, floats: number): Promise<Handle> {
  if (floats === 0) return device.transfers.empty();
  const k = new KernelBuilder(device.target, "f32");
  const x = { slot: 0, dtype: "f32", shape: [floats], offset: 0, strides: [1] } as const;
  const { kernel } = k.finish(1, [floats], k.let(k.reader(x)(k.x)));
  const built = await device.kernel(kernel);
  device.counters.kernels++;
  return built.run([handle]);
}
