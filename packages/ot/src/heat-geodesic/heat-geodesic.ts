import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import { eigh } from "@x/tensor/linalg";
import { checkChoice } from "../internal/choice";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { type Matrix, readMatrix } from "../internal/read";
import type { Values } from "../values";
import { alphaDecayGraph, laplacian, neighborGraph, rowDistances } from "./graph";
import { heatDistances, kneeTime } from "./heat-distances";
import {
  checkMethod,
  checkTime,
  type HeatKernelOptions,
  heatKernels,
  KERNEL_NAMES,
} from "./heat-kernel";
import { type MdsOptions, mds } from "./mds";

/** Options of {@link heatGeodesic}. */
export interface HeatGeodesicOptions extends HeatKernelOptions {
  /** `alpha-decay` (default): smooth affinities; `knn`: 1 between neighbours. */
  readonly graph?: "alpha-decay" | "knn" | undefined;
  /** Neighbours of each point, default 10. */
  readonly k?: number | undefined;
  /** Exponent of smooth affinities, default 40. */
  readonly decay?: number | undefined;
  /** Default `normalized`. */
  readonly laplacian?: "normalized" | "combinatorial" | undefined;
  /** Diffusion time > 0, default 10; `auto` for the knee of the kernel's entropy; several times for a mean over scales. */
  readonly t?: number | "auto" | readonly number[] | undefined;
  /** Correction for volume, 0 … 1.5, default 1. */
  readonly sigma?: number | undefined;
  /** Leading principal components to take first; default all coordinates. */
  readonly pca?: number | undefined;
  /** Part 0 … 1 of the distances that comes from comparing whole rows of them; default 0. */
  readonly denoise?: number | undefined;
  /** Dimension of the embedding, default 2. */
  readonly dim?: number | undefined;
  /** Options of the embedding. */
  readonly mds?: MdsOptions | undefined;
  /** Whether to print one warning if the graph falls apart or heat does not reach far enough; default true. */
  readonly warn?: boolean | undefined;
}

const NAMES: OptionNames<HeatGeodesicOptions> = {
  graph: 1,
  k: 1,
  decay: 1,
  laplacian: 1,
  t: 1,
  sigma: 1,
  pca: 1,
  denoise: 1,
  dim: 1,
  mds: 1,
  warn: 1,
  ...KERNEL_NAMES,
};

/** Distances along a manifold, and a layout that follows them. */
export interface HeatGeodesicResult {
  /** f64 [n, n]. */
  readonly distances: Tensor;
  /** f64 [n, dim]. */
  readonly embedding: Tensor;
  /** √(Σ (‖e_i − e_j‖ − d_ij)² / Σ d_ij²) of the embedding. */
  readonly stress: number;
  /** Diffusion times that were used. */
  readonly times: readonly number[];
  /** Part of the pairs that no heat joins: raise t if more than 0.05 of a connected graph. */
  readonly floored: number;
  /** Whether the graph is in one piece. */
  readonly connected: boolean;
  /** Whether the embedding converged. */
  readonly converged: boolean;
  readonly status: string;
}

const name = "heatGeodesic";
/** Part of the pairs without heat beyond which the layout is not to be trusted. */
const MOST_FLOORED = 0.05;

function principal({ data, rows, columns }: Matrix, count: number): Matrix {
  const x = tensor(data, { shape: [rows, columns], copy: false });
  const centered = x.sub(x.mean(0));
  const { vectors } = eigh(centered.T.matmul(centered));
  const leading = vectors.T.dataSync().slice((columns - count) * columns) as Float64Array;
  const axes = tensor(leading, { shape: [count, columns], copy: false });
  return { data: centered.matmul(axes.T).dataSync() as Float64Array, rows, columns: count };
}

function checkOptions(
  n: number,
  d: number,
  k: number,
  sigma: number,
  options: HeatGeodesicOptions,
): void {
  const { denoise = 0, pca } = options;
  checkChoice(name, "graph", options.graph, ["alpha-decay", "knn"]);
  checkChoice(name, "laplacian", options.laplacian, ["normalized", "combinatorial"]);
  checkMethod(name, options.method);
  const fail = (expected: string, got: unknown): never => {
    throw new ArgumentError(`${name}: expected ${expected}; got ${String(got)}`);
  };
  if (!Number.isInteger(k) || k < 1 || k >= n)
    fail(`a number of neighbours k from 1 to ${n - 1}`, k);
  if (!(sigma >= 0 && sigma <= 1.5)) fail("sigma from 0 to 1.5", sigma);
  if (!(denoise >= 0 && denoise <= 1)) fail("denoise from 0 to 1", denoise);
  if (pca !== undefined && !(Number.isInteger(pca) && pca >= 1))
    fail(`a positive integer pca`, pca);
  if (pca !== undefined && pca > d) fail(`pca at most ${d}, the dimension`, pca);
}

/** Distances averaged over times, with weights falling as 1 − t/Σt. */
function overTimes(
  kernels: (t: number) => Tensor,
  times: readonly number[],
  sigma: number,
): { distances: Float64Array; floored: number } {
  const sum = times.reduce((s, t) => s + t, 0);
  const weights = times.map((t) => (times.length === 1 ? 1 : (1 - t / sum) / (times.length - 1)));
  let distances = new Float64Array(0);
  let floored = 0;
  times.forEach((t, k) => {
    const part = heatDistances(kernels(t), t, sigma);
    const w = weights[k] as number;
    distances = part.distances.map((v, at) => w * v + (distances[at] ?? 0));
    floored += w * part.floored;
  });
  return { distances, floored };
}

/** Mixes distances with the root mean square differences of their rows. */
function denoised(distances: Float64Array, n: number, part: number): Float64Array {
  if (part === 0) return distances;
  const rows = rowDistances({ data: distances, rows: n, columns: n });
  return distances.map((v, at) => (1 - part) * v + (part * (rows[at] as number)) / Math.sqrt(n));
}

/**
 * Distances along the manifold that points lie on, from the heat that spreads on their neighbourhood graph, and a
 * low-dimensional layout that keeps them.
 *
 * d_ij² = −4t log H_ij + σ 4t log ½(H_ii + H_jj) with H = exp(−tL); metric scaling of d makes the layout.
 *
 * @param X - points, [n, d]
 * @throws ShapeError and ArgumentError for k ≥ n, t ≤ 0 and options out of range
 * @see Huguet, Tong, De Brouwer et al. 2023, "A heat diffusion perspective on geodesic preserving dimensionality
 *   reduction"
 * @example
 * heatGeodesic(X, { k: 10, t: 5 }).embedding
 */
export function heatGeodesic(X: Values, options: HeatGeodesicOptions = {}): HeatGeodesicResult {
  checkOptionNames(name, options, NAMES);
  const points = readMatrix(name, "X", X);
  const { rows: n, columns: d } = points;
  const { k = 10, sigma = 1, t = 10, pca, decay = 40 } = options;
  checkOptions(n, d, k, sigma, options);
  const given = t === "auto" ? [] : typeof t === "number" ? [t] : t;
  for (const time of given) checkTime(name, time);
  const direct = rowDistances(pca === undefined ? points : principal(points, pca));
  const graph =
    options.graph === "knn" ? neighborGraph(direct, n, k) : alphaDecayGraph(direct, n, k, decay);
  if (!graph.connected && options.warn !== false) {
    console.warn(
      `${name}: the graph falls apart, so distances between its pieces are at a cap; use a larger k`,
    );
  }
  const L = laplacian(graph, options.laplacian !== "combinatorial");
  const kernels = heatKernels(L, n, options);
  const times = given.length > 0 ? given : [kneeTime(kernels)];
  const { distances, floored } = overTimes(kernels, times, sigma);
  if (graph.connected && floored > MOST_FLOORED && options.warn !== false) {
    console.warn(
      `${name}: no heat joins ${(100 * floored).toFixed(0)} % of the pairs, so their distances are at a cap; raise t`,
    );
  }
  const smooth = denoised(distances, n, options.denoise ?? 0);
  const layout = smooth.slice();
  for (let i = 0; i < n; i++) layout[i * n + i] = 0;
  const square = { shape: [n, n], copy: false } as const;
  const {
    points: embedding,
    stress,
    converged,
    status,
  } = mds(tensor(layout, square), options.dim ?? 2, options.mds);
  return {
    distances: tensor(smooth, square),
    embedding,
    stress,
    times,
    floored,
    connected: graph.connected,
    converged,
    status: graph.connected ? status : `the graph is in several pieces; ${status}`,
  };
}
