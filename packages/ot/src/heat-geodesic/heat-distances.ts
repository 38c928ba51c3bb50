import type { Tensor } from "@x/tensor";

/** Added before logarithms: caps squared distances at 4t · 36.8. */
const floor = 1e-16;

/** Distances from one heat kernel. */
export interface HeatDistances {
  /** [n, n], symmetric, 0 on the diagonal where σ = 1. */
  readonly distances: Float64Array;
  /** Part of the pairs that no heat joins, and that are at the cap. */
  readonly floored: number;
}

/**
 * d² = −4t log H_ij + σ 4t log ½(H_ii + H_jj), at least 0: Varadhan's formula with a correction for volume.
 *
 * @param sigma - 0 … 1.5
 */
export function heatDistances(kernel: Tensor, t: number, sigma: number): HeatDistances {
  const n = kernel.shape[0] as number;
  const H = kernel.dataSync() as Float64Array;
  const distances = new Float64Array(n * n);
  let floored = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      // Rounding leaves H not quite symmetric.
      const h = ((H[i * n + j] as number) + (H[j * n + i] as number)) / 2;
      if (h <= floor) floored++;
      const volume = ((H[i * n + i] as number) + (H[j * n + j] as number)) / 2;
      const square = 4 * t * (sigma * Math.log(volume + floor) - Math.log(h + floor));
      const d = Math.sqrt(Math.max(0, square));
      distances[i * n + j] = d;
      distances[j * n + i] = d;
    }
  }
  return { distances, floored: n < 2 ? 0 : (2 * floored) / (n * (n - 1)) };
}

/** −Σ H log H. */
function kernelEntropy(kernel: Tensor): number {
  let sum = 0;
  for (const h of kernel.dataSync() as Float64Array) if (h > 0) sum -= h * Math.log(h);
  return sum;
}

const latest = 50;
const earliest = 0.05;
const candidates = 20;

/** The time at the knee of the entropy: its point that is farthest from the chord, of 20 from 0.05 to 50. */
export function kneeTime(kernels: (t: number) => Tensor): number {
  const times = Array.from(
    { length: candidates },
    (_, k) => earliest + ((latest - earliest) * k) / (candidates - 1),
  );
  const entropy = times.map((t) => kernelEntropy(kernels(t)));
  const [first, last] = [entropy[0] as number, entropy[candidates - 1] as number];
  if (first === last) return earliest;
  let best = 0;
  let at = 0;
  entropy.forEach((e, k) => {
    const rise = Math.abs((e - first) / (last - first) - k / (candidates - 1));
    if (rise <= best) return;
    best = rise;
    at = k;
  });
  return times[at] as number;
}
