import { allocate, type DType, type TypedArray } from "../dtype";
import type { Backend, Handle } from "./backend/backend";
import type { GpuCounters } from "./device-info";
import { decodeElements, encodeElements } from "./elements";
import { planesOf } from "./source/view";

/** Copies between the CPU's memory and a device's, counted. */
export class Transfers {
  readonly counters: GpuCounters = {
    uploads: 0,
    uploadedBytes: 0,
    downloads: 0,
    downloadedBytes: 0,
    kernels: 0,
    cpuSteps: 0,
  };
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Memory with these elements. */
  upload(dtype: DType, elements: TypedArray): Handle {
    if (elements.length === 0) return this.empty();
    const data = encodeElements(dtype, elements);
    this.counters.uploads++;
    this.counters.uploadedBytes += data.byteLength;
    return this.#backend.upload(data);
  }

  /** Memory for no elements: a buffer cannot be empty. */
  empty(): Handle {
    return this.#backend.upload(new Float32Array(1));
  }

  /** The elements in memory, when the work issued so far has run. */
  async download(handle: Handle, dtype: DType, length: number): Promise<TypedArray> {
    if (length === 0) return allocate(dtype, 0);
    const floats = length * planesOf(dtype);
    this.counters.downloads++;
    this.counters.downloadedBytes += floats * 4;
    return decodeElements(dtype, await this.#backend.download(handle, floats));
  }
}
