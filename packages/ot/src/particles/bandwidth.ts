import { random, type Tensor } from "@x/tensor";
import { squaredDistances } from "./kernels";

/** From this number of particles on, a sample of pairs gives the median. */
const sampledFrom = 2000;

const pairs = 1000;

function median(values: Float64Array): number {
  values.sort();
  const half = values.length >> 1;
  const upper = values[half] as number;
  return values.length % 2 === 1 ? upper : ((values[half - 1] as number) + upper) / 2;
}

function allDistances(x: Tensor): Float64Array {
  const n = x.shape[0] as number;
  const square = squaredDistances(x, x).dataSync() as Float64Array;
  const out = new Float64Array((n * (n - 1)) / 2);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) out[at++] = Math.sqrt(square[i * n + j] as number);
  }
  return out;
}

/** Distances of pairs of different particles. */
function sampledDistances(x: Tensor, key: Tensor): Float64Array {
  const [n, d] = x.shape as readonly [number, number];
  const data = x.dataSync() as Float64Array;
  const generator = random.rng(key);
  return Float64Array.from({ length: pairs }, () => {
    const i = generator.integer(n);
    const j = (i + 1 + generator.integer(n - 1)) % n;
    let sum = 0;
    for (let k = 0; k < d; k++)
      sum += ((data[i * d + k] as number) - (data[j * d + k] as number)) ** 2;
    return Math.sqrt(sum);
  });
}

/**
 * The bandwidth med²/log(n + 1) of kernels of n particles, med the median of the distances between different ones.
 *
 * Above 2000 particles the median is that of 1000 pairs drawn with `key`. A single particle has 1, and equal ones
 * 10⁻¹² of their squared size.
 *
 * @param x - [n, d]
 * @see Liu & Wang 2016
 */
export function medianBandwidth(x: Tensor, key: Tensor): number {
  const n = x.shape[0] as number;
  if (n === 1) return 1;
  const med = median(n > sampledFrom ? sampledDistances(x, key) : allDistances(x));
  const size = x.square().max().item();
  return Math.max(med ** 2 / Math.log(n + 1), 1e-12 * (size > 0 ? size : 1));
}
