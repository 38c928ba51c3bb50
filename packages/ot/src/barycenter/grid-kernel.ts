import { type Tensor, tensor } from "@x/tensor";
import type { LinearMap, LogKernel } from "./log-kernel";

/** Cells of a regular grid, whose squared distances are sums over its axes. */
export interface Grid {
  /** Cells along each axis. */
  readonly shape: readonly number[];
  /** Distance of neighbours along each axis. */
  readonly spacing: readonly number[];
}

/** Exponents this far below the largest one add nothing in f64. */
const NEGLIGIBLE = -40;

const size = (shape: readonly number[]): number => shape.reduce((x, y) => x * y, 1);

/** Products with exp(−C/ε) along one axis after the other. */
export function gridProducts({ shape, spacing }: Grid, eps: number): LinearMap {
  const factors = shape.map((length, axis) => {
    const step = spacing[axis] as number;
    const K = new Float64Array(length * length);
    for (let i = 0; i < length; i++)
      for (let j = 0; j < length; j++) K[i * length + j] = Math.exp(-((step * (i - j)) ** 2) / eps);
    return tensor(K, { shape: [length, length], copy: false });
  });
  return (x, count) => {
    let y = x;
    for (const [axis, length] of shape.entries()) {
      const after = size(shape.slice(axis + 1));
      const K = factors[axis] as Tensor;
      // A matrix is symmetric, so that lines in rows may be multiplied from the right.
      y =
        after === 1 ? y.reshape([-1, length]).matmul(K) : K.matmul(y.reshape([-1, length, after]));
    }
    return y.reshape([count, size(shape)]);
  };
}

/** One line of cells: out_i = log Σ_j exp(line_j − unit (i − j)²). */
function sumLine(line: Float64Array, unit: number, out: Float64Array): void {
  const length = line.length;
  for (let i = 0; i < length; i++) {
    let most = -Infinity;
    for (let j = 0; j < length; j++) {
      const z = (line[j] as number) - unit * (i - j) * (i - j);
      if (z > most) most = z;
    }
    let sum = 0;
    for (let j = 0; j < length; j++) {
      const z = (line[j] as number) - unit * (i - j) * (i - j) - most;
      if (z > NEGLIGIBLE) sum += Math.exp(z);
    }
    out[i] = most === -Infinity ? -Infinity : most + Math.log(sum);
  }
}

/** Sums of exponentials along one axis after the other, for any ε. */
export function gridLogKernel({ shape, spacing }: Grid, eps: number): LogKernel {
  const sums = (x: Float64Array): Float64Array => {
    const y = x.slice();
    for (const [axis, length] of shape.entries()) {
      const after = size(shape.slice(axis + 1));
      const unit = (spacing[axis] as number) ** 2 / eps;
      const [line, out] = [new Float64Array(length), new Float64Array(length)];
      for (let start = 0; start < y.length; start += length * after)
        for (let at = start; at < start + after; at++) {
          for (let i = 0; i < length; i++) line[i] = y[at + i * after] as number;
          sumLine(line, unit, out);
          for (let i = 0; i < length; i++) y[at + i * after] = out[i] as number;
        }
    }
    return y;
  };
  return { rows: sums, columns: sums };
}
