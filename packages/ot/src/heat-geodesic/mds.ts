import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import { eigh, svd } from "@x/tensor/linalg";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { readMatrix } from "../internal/read";
import type { Values } from "../values";

/** Options of {@link mds}. */
export interface MdsOptions {
  /** Whether to go on from classical scaling to least squares of the distances (default), or stop there. */
  readonly metric?: boolean | undefined;
  /** Default 300. */
  readonly maxIterations?: number | undefined;
  /** Smallest relative decrease of the stress; default 10⁻⁶. */
  readonly tol?: number | undefined;
}

const NAMES: OptionNames<MdsOptions> = {
  metric: 1,
  maxIterations: 1,
  tol: 1,
};

/** Points that stand for distances. */
export interface MdsResult {
  /** f64 [n, dim]. */
  readonly points: Tensor;
  /** √(Σ (d_ij − D_ij)² / Σ D_ij²). */
  readonly stress: number;
  readonly iterations: number;
  readonly converged: boolean;
  readonly status: string;
}

/** Classical scaling: leading eigenvectors of −½ J D² J, times the roots of their eigenvalues. */
function classical(D: Float64Array, n: number, dim: number): Float64Array {
  const squares = tensor(
    D.map((v) => v * v),
    { shape: [n, n], copy: false },
  );
  const rows = squares.mean(1, { keepDims: true });
  const B = squares.sub(rows).sub(rows.T).add(squares.mean()).mul(-0.5);
  const { values, vectors } = eigh(B);
  const [lambda, v] = [values.dataSync(), vectors.dataSync()];
  const out = new Float64Array(n * dim);
  for (let k = 0; k < Math.min(dim, n); k++) {
    const scale = Math.sqrt(Math.max(0, lambda[n - 1 - k] as number));
    for (let i = 0; i < n; i++) out[i * dim + k] = scale * (v[i * n + n - 1 - k] as number);
  }
  return out;
}

/** One step of majorisation, x ← (1/n) B(x) x, and the stress before it. */
function majorize(
  D: Float64Array,
  x: Float64Array,
  n: number,
  dim: number,
): { next: Float64Array; squares: number } {
  const next = new Float64Array(n * dim);
  let squares = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      let r = 0;
      for (let k = 0; k < dim; k++)
        r += ((x[i * dim + k] as number) - (x[j * dim + k] as number)) ** 2;
      const distance = Math.sqrt(r);
      const target = D[i * n + j] as number;
      squares += (distance - target) ** 2;
      const ratio = distance > 0 ? target / distance / n : 0;
      for (let k = 0; k < dim; k++) {
        const t = ratio * ((x[i * dim + k] as number) - (x[j * dim + k] as number));
        next[i * dim + k] = (next[i * dim + k] as number) + t;
        next[j * dim + k] = (next[j * dim + k] as number) - t;
      }
    }
  }
  return { next, squares };
}

/** The points turned (and reflected) to lie as near as possible to where they started. */
function aligned(x: Float64Array, start: Float64Array, n: number, dim: number): Tensor {
  const as = (data: Float64Array) => tensor(data, { shape: [n, dim], copy: false });
  const { u, vt } = svd(as(x).T.matmul(as(start)));
  return as(x).matmul(u.matmul(vt));
}

function checkDistances(D: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const [v, w] = [D[i * n + j] as number, D[j * n + i] as number];
      if (v >= 0 && Math.abs(v - w) <= 1e-9 * Math.max(v, w)) continue;
      throw new ArgumentError(
        `mds: expected symmetric distances ≥ 0; got D[${i}, ${j}] = ${v} and D[${j}, ${i}] = ${w}`,
        { i, j },
      );
    }
  }
}

/**
 * Multidimensional scaling: points whose distances are as near as possible to given ones.
 *
 * Classical scaling first; then SMACOF lowers Σ (‖x_i − x_j‖ − D_ij)², never raising it; at last a rotation back to
 * the start.
 *
 * @param D - distances, symmetric, ≥ 0, [n, n]
 * @param dim - of the points, default 2
 * @throws ShapeError and ArgumentError unless D is square and symmetric and dim a positive integer
 * @see Torgerson 1952; de Leeuw 1977
 * @example
 * mds([[0, 3, 4], [3, 0, 5], [4, 5, 0]], 2).stress // 0
 */
export function mds(D: Values, dim = 2, options: MdsOptions = {}): MdsResult {
  checkOptionNames("mds", options, NAMES);
  const { data, rows: n, columns } = readMatrix("mds", "D", D);
  if (n !== columns)
    throw new ArgumentError(`mds: expected a square D; got shape [${n}, ${columns}]`);
  if (!Number.isInteger(dim) || dim < 1)
    throw new ArgumentError(`mds: expected a positive integer dim; got ${dim}`, { dim });
  checkDistances(data, n);
  const { metric = true, maxIterations = 300, tol = 1e-6 } = options;
  let total = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) total += (data[i * n + j] as number) ** 2;
  }
  const start = classical(data, n, dim);
  let x = start;
  let { next, squares } = majorize(data, x, n, dim);
  let iterations = 0;
  let converged = !metric || squares <= 1e-28 * total;
  while (!converged && iterations < maxIterations) {
    const before = squares;
    x = next;
    ({ next, squares } = majorize(data, x, n, dim));
    iterations++;
    converged = before - squares <= tol * before;
  }
  const status = !metric
    ? "classical scaling"
    : converged
      ? `the stress fell by less than ${tol} of itself`
      : `stopped after ${maxIterations} iterations`;
  return {
    points: aligned(x, start, n, dim),
    stress: total > 0 ? Math.sqrt(squares / total) : 0,
    iterations,
    converged,
    status,
  };
}
