const halfLogTwoPi = 0.9189385332046727;

/**
 * log n! − log(√(2πn) nⁿ e^(−n)) for whole n > 0, to double precision.
 *
 * @see Loader 2000, "Fast and accurate computation of binomial probabilities"
 */
function stirlingError(n: number): number {
  if (n < 16) {
    let product = 1;
    for (let i = 2; i <= n; i++) product *= i;
    return Math.log(product) - (n + 0.5) * Math.log(n) + n - halfLogTwoPi;
  }
  const z = 1 / (n * n);
  return (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z / 1188)))) / n;
}

/** x log(x / m) − x + m ≥ 0 for x > 0, with an error of some ulp of |x − m|, also where the terms nearly cancel. */
function deviance(x: number, m: number): number {
  const d = (x - m) / m;
  return m * ((1 + d) * Math.log1p(d) - d);
}

/** log of the Poisson probability of k events at a mean of m > 0. */
export const logPoisson = (k: number, m: number): number =>
  k === 0 ? -m : -stirlingError(k) - deviance(k, m) - halfLogTwoPi - 0.5 * Math.log(k);

/**
 * log of the binomial probability of k successes out of n, each of probability p, 0 < p < 1: that of k events at a
 * mean of n p and n − k at n (1 − p), given that there are n in all.
 */
export const logBinomial = (k: number, mean: number, p: number, n: number): number =>
  logPoisson(k, mean) + logPoisson(n - k, n * (1 - p)) - logPoisson(n, n);
