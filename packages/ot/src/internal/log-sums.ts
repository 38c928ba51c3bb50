import { matmul, type Tensor, tensor } from "@x/tensor";
import { ArgumentBlock } from "@x/tensor/kernels";
import { exponentialTime, placeCosts, write } from "../sinkhorn/dense-problem";
import { layoutOf } from "../sinkhorn/kernels";
import type { Matrix } from "./read";
import type { Workspace } from "./workspace";

/** Logarithms of sums of exponentials along the rows and columns of costs, at one ε. */
export interface LogSums {
  /** log Σ_j exp(y_j − C_ij/ε), shape [n]. */
  rows(y: Float64Array): Float64Array;
  /** log Σ_i exp(x_i − C_ij/ε), shape [m]. */
  columns(x: Float64Array): Float64Array;
}

function transpose({ data, rows, columns }: Matrix): Matrix {
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j] as number;
  return { data: out, rows: columns, columns: rows };
}

/** Sums along the rows of a matrix in the kernels' memory. */
function rowSums(w: Workspace, C: Matrix, eps: number): (y: Float64Array) => Float64Array {
  const layout = layoutOf(C.rows, C.columns);
  const { height, stride, rowsPerChunk, chunks } = layout;
  const at = {
    costs: w.f64(height * stride),
    x: w.f64(height),
    y: w.f64(stride),
    logA: w.f64(height),
    a: w.f64(height),
    parts: w.f64(chunks * stride),
    reports: w.f64(4 * chunks),
    buffers: w.f64(chunks * stride),
  };
  placeCosts(w, at.costs, C, layout);
  const to = { workspace: w };
  // Every row is computed, whatever its weight.
  write(to, at.a, new Float64Array(C.rows).fill(1), height);
  write(to, at.logA, 0, height);
  return (y) => {
    write(to, at.y, y, stride, -Infinity);
    write(to, at.x, 0, height);
    const words = new ArgumentBlock()
      .i32(at.costs, at.x, at.y, at.logA, at.a, at.parts, at.reports)
      .i32(height, stride, rowsPerChunk, at.buffers, 0)
      .f64(1 / eps).words;
    w.kernels.call("logSweepRows", words, chunks, exponentialTime * height * stride);
    return w.readF64(at.x, C.rows).map((x) => -x);
  };
}

/** Sums with an exponential of every entry, for any exponents. */
function exponentialSums(w: Workspace, C: Matrix, eps: number): LogSums {
  const [rows, columns] = [rowSums, rowSums].map((sums, side) => {
    let own: ReturnType<typeof rowSums> | undefined;
    return (x: Float64Array): Float64Array => {
      own ??= sums(w, side === 0 ? C : transpose(C), eps);
      return own(x);
    };
  }) as [LogSums["rows"], LogSums["columns"]];
  return { rows, columns };
}

/** Spread of exponents up to which the products of two exponentials keep all that matters. */
const SCALING = 300;

/** Least and largest finite element; 0 and 0 without any. */
function bounds(values: Float64Array): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  // By index: this passes over the whole matrix, and iterators take four times as long.
  for (let k = 0; k < values.length; k++) {
    const x = values[k] as number;
    if (x < low && x > -Infinity) low = x;
    if (x > high && x < Infinity) high = x;
  }
  return low <= high ? [low, high] : [0, 0];
}

/**
 * Sums of a dense cost matrix: products with exp(−C/ε) as long as exponents spread by no more than {@link SCALING},
 * else exponentials in memory of the `sinkhorn` kernels.
 */
export function denseLogSums(w: Workspace, C: Matrix, eps: number): LogSums {
  const exact = exponentialSums(w, C, eps);
  const [low, high] = bounds(C.data);
  if (!((high - low) / eps <= SCALING)) return exact;
  const costs = tensor(C.data, { shape: [C.rows, C.columns], copy: false });
  const K = costs.sub(low).div(-eps).exp();
  const product = (x: Float64Array, times: (v: Tensor) => Tensor): Float64Array | undefined => {
    const [least, most] = bounds(x);
    if (!(most - least <= SCALING) || x.includes(Infinity)) return undefined;
    const v = tensor(
      x.map((value) => Math.exp(value - most)),
      { copy: false },
    );
    const sums = times(v).dataSync() as Float64Array;
    return sums.map((sum) => Math.log(sum) + most - low / eps);
  };
  return {
    rows: (y) => product(y, (v) => matmul(K, v)) ?? exact.rows(y),
    columns: (x) => product(x, (v) => matmul(v, K)) ?? exact.columns(x),
  };
}
