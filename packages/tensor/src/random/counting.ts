import type { Stream } from "./stream";

/**
 * Counts by inversion: adds up probabilities from 0 on until they pass a uniform number.
 *
 * @param mass - probability of 0
 * @param a - the probability of k is a + b / k times that of k − 1
 * @param b - as Panjer's class of distributions has it
 */
export function invert(stream: Stream, mass: number, a: number, b: number): number {
  const u = stream.uniform();
  let p = mass;
  let sum = p;
  let k = 0;
  // Rounding may keep the sum below u for ever; then p gets too small to matter.
  while (u > sum && p > 1e-18) {
    k++;
    p *= a + b / k;
    sum += p;
  }
  return k;
}

/**
 * Binomial counts by transformed rejection, exact for n p ≥ 10 and p ≤ ½; also in the limit of n = ∞ and p = 0 at a
 * given mean, which is Poisson's distribution.
 *
 * @param mean - n p
 * @param logMass - logarithm of the probability of k = 0 … n
 * @see Hörmann 1993, "The generation of binomial random variates", algorithm BTRS
 */
export function reject(
  stream: Stream,
  mean: number,
  p: number,
  n: number,
  logMass: (k: number, mean: number, p: number, n: number) => number,
): number {
  const spread = Math.sqrt(mean * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const likely = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * spread;
  let top: number | undefined;
  for (;;) {
    const u = stream.uniform() - 0.5;
    const v = stream.uniform();
    const edge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / edge + b) * u + mean + 0.5);
    if (edge >= 0.07 && v <= likely) return k;
    if (k < 0 || k > n) continue;
    top ??= logMass(Math.floor(mean + p), mean, p, n);
    if (Math.log((v * alpha) / (a / (edge * edge) + b)) <= logMass(k, mean, p, n) - top) return k;
  }
}
