import { type Tensor, tensor } from "@x/tensor";
import { denseLogSums } from "../internal/log-sums";
import type { Matrix } from "../internal/read";
import type { Workspace } from "../internal/workspace";

/** log(K eˣ) and log(Kᵀ eˣ) for K = exp(−C/ε), of several vectors in the rows of x. */
export interface LogKernel {
  /** `count` vectors over the columns of C to as many over its rows. */
  rows(x: Float64Array, count: number): Float64Array;
  /** `count` vectors over the rows of C to as many over its columns. */
  columns(x: Float64Array, count: number): Float64Array;
}

/** Sums below it, relative to the largest term, have lost digits to underflow. */
const FAINT = 1e-290;

/** A linear map of `count` vectors in rows. */
export type LinearMap = (x: Tensor, count: number) => Tensor;

/**
 * The logarithm of K eˣ by a product with K.
 *
 * @returns undefined where a sum underflows: then only {@link denseLogKernel} or a sum of exponentials will do
 */
function logOfProduct(map: LinearMap, x: Float64Array, count: number): Float64Array | undefined {
  const length = x.length / count;
  const scaled = new Float64Array(x.length);
  const shifts = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    let shift = -Infinity;
    for (let i = k * length; i < (k + 1) * length; i++) shift = Math.max(shift, x[i] as number);
    shifts[k] = shift;
    for (let i = k * length; i < (k + 1) * length; i++)
      scaled[i] = Math.exp((x[i] as number) - shift);
  }
  const sums = map(tensor(scaled, { shape: [count, length], copy: false }), count);
  const data = sums.dataSync() as Float64Array;
  const width = data.length / count;
  const out = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const sum = data[i] as number;
    if (!(sum > FAINT)) return undefined;
    out[i] = Math.log(sum) + (shifts[Math.floor(i / width)] as number);
  }
  return out;
}

/** Products with the stored matrix K, until one underflows, and sums of exponentials from then on. */
export function orExact(rows: LinearMap, columns: LinearMap, exact: () => LogKernel): LogKernel {
  let fallback: LogKernel | undefined;
  const either = (map: LinearMap, side: "rows" | "columns") => (x: Float64Array, count: number) => {
    const out = fallback === undefined ? logOfProduct(map, x, count) : undefined;
    if (out !== undefined) return out;
    fallback ??= exact();
    return fallback[side](x, count);
  };
  return { rows: either(rows, "rows"), columns: either(columns, "columns") };
}

/** Sums of exponentials by the kernels of `sinkhorn`, for any ε. */
export function denseLogKernel(w: Workspace, C: Matrix, eps: number): LogKernel {
  const sums = denseLogSums(w, C, eps);
  const each =
    (sum: (x: Float64Array) => Float64Array, to: number) => (x: Float64Array, count: number) => {
      const out = new Float64Array(count * to);
      const from = x.length / count;
      for (let k = 0; k < count; k++) out.set(sum(x.subarray(k * from, (k + 1) * from)), k * to);
      return out;
    };
  return { rows: each(sums.rows, C.rows), columns: each(sums.columns, C.columns) };
}

/** Products with the stored matrix exp(−C/ε). */
export function denseProducts(C: Matrix, eps: number): readonly [LinearMap, LinearMap] {
  const K = tensor(
    C.data.map((c) => Math.exp(-c / eps)),
    { shape: [C.rows, C.columns], copy: false },
  );
  const transposed = K.transpose();
  return [(x) => x.matmul(transposed), (x) => x.matmul(K)];
}
