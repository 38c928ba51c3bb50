import { tensor } from "@x/tensor";
import type { Matrix } from "../internal/read";

/** Weights of a graph: symmetric, diagonal 0, [n, n]. */
export interface Graph {
  readonly weights: Float64Array;
  readonly n: number;
  readonly connected: boolean;
}

/** Affinities below it are dropped. */
const smallest = 1e-4;

/** Distances between rows, [n, n]; 0 on the diagonal. */
export function rowDistances({ data, rows: n, columns: d }: Matrix): Float64Array {
  const x = tensor(data, { shape: [n, d], copy: false });
  const centered = x.sub(x.mean(0));
  const squares = centered.square().sum(1, { keepDims: true });
  const products = centered.matmul(centered.T).mul(2);
  const out = squares.add(squares.T).sub(products).maximum(0).sqrt().dataSync() as Float64Array;
  for (let i = 0; i < n; i++) out[i * n + i] = 0;
  return out;
}

/** Distance of each point from its k-th nearest other one. */
function reaches(distances: Float64Array, n: number, k: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    const row = distances.slice(i * n, (i + 1) * n);
    row[i] = -1;
    return row.sort()[k] as number;
  });
}

function isConnected(weights: Float64Array, n: number): boolean {
  const seen = new Uint8Array(n);
  const queue = [0];
  seen[0] = 1;
  for (let i = queue.pop(); i !== undefined; i = queue.pop()) {
    for (let j = 0; j < n; j++) {
      if (seen[j] === 1 || weights[i * n + j] === 0) continue;
      seen[j] = 1;
      queue.push(j);
    }
  }
  return !seen.includes(0);
}

/** The mean of both directions, or for 0/1 weights the larger one. */
function symmetric(
  affinity: Float64Array,
  n: number,
  join: (x: number, y: number) => number,
): Graph {
  const weights = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const w = join(affinity[i * n + j] as number, affinity[j * n + i] as number);
      weights[i * n + j] = w;
      weights[j * n + i] = w;
    }
  }
  return { weights, n, connected: isConnected(weights, n) };
}

/**
 * exp(−(‖x_i − x_j‖/s_i)^decay) with s_i the distance from the k-th neighbour, averaged over both directions; values
 * below 10⁻⁴ are dropped.
 *
 * @see Moon et al. 2019, "Visualizing structure and transitions in high-dimensional biological data"
 */
export function alphaDecayGraph(
  distances: Float64Array,
  n: number,
  k: number,
  decay: number,
): Graph {
  const reach = reaches(distances, n, k);
  const affinity = distances.map((r, at) => {
    const s = reach[Math.floor(at / n)] as number;
    // Duplicates alone are within a reach of 0.
    if (s === 0) return r === 0 ? 1 : 0;
    const a = Math.exp(-((r / s) ** decay));
    return a < smallest ? 0 : a;
  });
  return symmetric(affinity, n, (x, y) => (x + y) / 2);
}

/** 1 between points of which one is among the k nearest of the other. */
export function neighborGraph(distances: Float64Array, n: number, k: number): Graph {
  const reach = reaches(distances, n, k);
  const affinity = distances.map((r, at) => (r <= (reach[Math.floor(at / n)] as number) ? 1 : 0));
  return symmetric(affinity, n, Math.max);
}

/** D − W, or I − D^{−½} W D^{−½}, [n, n]. */
export function laplacian({ weights, n }: Graph, normalized: boolean): Float64Array {
  const degree = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) degree[i] = (degree[i] as number) + (weights[i * n + j] as number);
  }
  const scale = degree.map((v) => (v > 0 ? 1 / Math.sqrt(v) : 0));
  return weights.map((w, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    const own = degree[i] as number;
    if (i === j) return normalized ? Number(own > 0) : own;
    // 0 − w: no negative zeros.
    return 0 - (normalized ? w * (scale[i] as number) * (scale[j] as number) : w);
  });
}
