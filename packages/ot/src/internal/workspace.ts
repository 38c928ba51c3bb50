import type { KernelModule } from "@x/tensor/kernels";

/** Memory of one computation in a kernel module; all of it is given back when the computation ends. */
export interface Workspace {
  readonly kernels: KernelModule;
  /** Address of `length` doubles; contents undefined. */
  f64(length: number): number;
  /** Address of `length` 32-bit integers; contents undefined. */
  i32(length: number): number;
  /** Address of a copy of `values`. */
  place(values: Float64Array | Float32Array | Int32Array | Uint32Array): number;
  /** A copy of doubles at an address. */
  readF64(address: number, length: number): Float64Array;
  /** A copy of 32-bit integers at an address. */
  readI32(address: number, length: number): Int32Array;
}

/**
 * Runs a computation with memory of a kernel module.
 *
 * @param load - gives the module; see `kernelModule` of `@x/tensor/kernels`
 */
export function withWorkspace<R>(load: () => KernelModule, body: (workspace: Workspace) => R): R {
  const kernels = load();
  const blocks: number[] = [];
  const take = (bytes: number): number => {
    const address = kernels.allocate(bytes);
    blocks.push(address);
    return address;
  };
  try {
    return body({
      kernels,
      f64: (length) => take(8 * length),
      i32: (length) => take(4 * length),
      place(values) {
        const address = take(values.byteLength);
        const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        kernels.u8.set(bytes, address);
        return address;
      },
      readF64: (address, length) => kernels.f64.slice(address / 8, address / 8 + length),
      readI32: (address, length) => kernels.i32.slice(address / 4, address / 4 + length),
    });
  } finally {
    for (const block of blocks) kernels.free(block);
  }
}
