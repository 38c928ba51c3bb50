import { expect } from "vitest";

/**
 * Checks a sample against a distribution function by Kolmogorov and Smirnov's distance D: for a right sampler
 * √n D exceeds 2.6 with probability 2 exp(−2 · 2.6²) = 3e-6.
 */
export function expectDistribution(sample: ArrayLike<number>, cdf: (x: number) => number): void {
  const sorted = Float64Array.from(sample).sort();
  const n = sorted.length;
  let distance = 0;
  sorted.forEach((x, i) => {
    const p = cdf(x);
    distance = Math.max(distance, p - i / n, (i + 1) / n - p);
  });
  expect(distance * Math.sqrt(n)).toBeLessThan(2.6);
}

/** Mean, variance and kurtosis E((x − μ)⁴) / σ⁴ of a distribution. */
export interface Moments {
  readonly mean: number;
  readonly variance: number;
  readonly kurtosis: number;
}

/** Checks mean and variance of a sample to five of their standard errors (probability 6e-7 each). */
export function expectMoments(sample: ArrayLike<number>, moments: Moments): void {
  const values = Float64Array.from(sample);
  const n = values.length;
  const mean = values.reduce((s, x) => s + x, 0) / n;
  const variance = values.reduce((s, x) => s + (x - moments.mean) ** 2, 0) / n;
  expect(Math.abs(mean - moments.mean)).toBeLessThan(5 * Math.sqrt(moments.variance / n));
  const error = moments.variance * Math.sqrt((moments.kurtosis - 1) / n);
  expect(Math.abs(variance - moments.variance)).toBeLessThan(5 * error);
}

/**
 * Checks counts against probabilities by Pearson's χ². Classes with fewer than 10 expected draws are joined.
 * The statistic has mean k and variance 2k; six standard deviations above the mean are passed with probability
 * below 1e-6 for k ≥ 3.
 */
export function expectFrequencies(
  sample: ArrayLike<number>,
  probabilities: readonly number[],
): void {
  const n = sample.length;
  const counts = new Array<number>(probabilities.length + 1).fill(0);
  for (let i = 0; i < n; i++) {
    const k = sample[i] as number;
    expect(Number.isInteger(k) && k >= 0).toBe(true);
    counts[Math.min(k, probabilities.length)]!++;
  }
  const rest = Math.max(0, 1 - probabilities.reduce((s, p) => s + p, 0));
  let [expected, seen, statistic, classes] = [0, 0, 0, 0];
  [...probabilities, rest].forEach((p, k) => {
    expected += n * p;
    seen += counts[k] as number;
    if (expected < 10) return;
    statistic += (seen - expected) ** 2 / expected;
    classes++;
    [expected, seen] = [0, 0];
  });
  expect(seen).toBeLessThan(60);
  const free = Math.max(3, classes - 1);
  expect(statistic).toBeLessThan(free + 6 * Math.sqrt(2 * free));
}

/** Checks that the correlation of two samples is within five standard errors, 1/√n each, of 0. */
export function expectUncorrelated(x: ArrayLike<number>, y: ArrayLike<number>): void {
  const n = x.length;
  const centred = (v: ArrayLike<number>): Float64Array => {
    const values = Float64Array.from(v);
    const mean = values.reduce((s, t) => s + t, 0) / n;
    return values.map((t) => t - mean);
  };
  const [a, b] = [centred(x), centred(y)];
  const dot = (p: Float64Array, q: Float64Array): number =>
    p.reduce((s, t, i) => s + t * (q[i] as number), 0);
  expect(Math.abs(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)))).toBeLessThan(5 / Math.sqrt(n));
}
