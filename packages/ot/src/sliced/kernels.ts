import { type KernelModule, kernelModule } from "@x/tensor/kernels";
import { slicedWasm } from "../generated/sliced";

/** The kernels of the slicing functions: projection, sort and comparison of many directions. */
export const slicedKernels: () => KernelModule = /* @__PURE__ */ kernelModule(
  "@x/ot/sliced/1",
  slicedWasm,
);

/** Memory that each thread has anyway. */
export const threadScratch: number = 1 << 20;

const tableBytes = 24_576;

/** Length of a coordinate of n points in memory. */
const padded = (n: number): number => (n + 15) & -16;

/** Bytes that the comparison of one direction needs, as laid out in the kernel. */
export function sliceBytes(n: number, m: number, ordered: boolean): number {
  const rows = padded(n) + padded(m);
  const longer = padded(Math.max(n, m));
  return 64 + tableBytes + 8 * (ordered ? 2 * rows + 2 * longer : rows + longer);
}

/** Points [n, d] coordinate by coordinate, each padded by its last value. */
export function columns(
  points: Float64Array,
  n: number,
  d: number,
  single: boolean,
): Float64Array | Float32Array {
  const stride = padded(n);
  const out = single ? new Float32Array(d * stride) : new Float64Array(d * stride);
  for (let k = 0; k < d; k++) {
    for (let i = 0; i < stride; i++)
      out[k * stride + i] = points[Math.min(i, n - 1) * d + k] as number;
  }
  return out;
}
