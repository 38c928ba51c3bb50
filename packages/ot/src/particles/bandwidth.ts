import { random, type Tensor } from "@x/tensor";

/** ‖x_i − x_j‖². */
function squaredDistance(x: Float64Array, i: number, j: number, d: number): number {
  let sum = 0;
  for (let k = 0; k < d; k++) sum += ((x[i * d + k] as number) - (x[j * d + k] as number)) ** 2;
  return sum;
}

/** From this number of particles on, a sample of pairs gives the median. */
const sampledFrom = 2000;

const pairs = 1000;

/** The median of all n² distances: zeros of the diagonal, and each distance twice. */
function medianOfAll(x: Float64Array, d: number): number {
  const n = x.length / d;
  const upper = new Float64Array((n * (n - 1)) / 2);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) upper[at++] = squaredDistance(x, i, j, d);
  }
  upper.sort();
  const nth = (k: number): number => (k < n ? 0 : Math.sqrt(upper[(k - n) >> 1] as number));
  const half = Math.floor((n * n) / 2);
  return n % 2 === 1 ? nth(half) : (nth(half - 1) + nth(half)) / 2;
}

/** The median distance of pairs of different particles. */
function medianOfSample(x: Float64Array, d: number, key: Tensor): number {
  const n = x.length / d;
  const generator = random.rng(key);
  const distances = Float64Array.from({ length: pairs }, () => {
    const i = generator.integer(n);
    const j = (i + 1 + generator.integer(n - 1)) % n;
    return Math.sqrt(squaredDistance(x, i, j, d));
  });
  distances.sort();
  return ((distances[pairs / 2 - 1] as number) + (distances[pairs / 2] as number)) / 2;
}

/**
 * The bandwidth med²/log(n + 1) of kernels of n particles, med the median of all n² distances, as in the published
 * code: those of particles from themselves, 0, are among them.
 *
 * Above 2000 particles the median is that of 1000 pairs drawn with `key`. A single particle has 1, and equal ones
 * 10⁻¹² of their squared size.
 *
 * @param x - [n, d]
 * @param key - gives the key of the sample; called for many particles alone
 * @see Liu & Wang 2016
 */
export function medianBandwidth(x: Float64Array, d: number, key: () => Tensor): number {
  const n = x.length / d;
  if (n === 1) return 1;
  const med = n > sampledFrom ? medianOfSample(x, d, key()) : medianOfAll(x, d);
  const size = x.reduce((m, v) => Math.max(m, v * v), 0);
  return Math.max(med ** 2 / Math.log(n + 1), 1e-12 * (size > 0 ? size : 1));
}
