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

/** x log(x / m) − x + m ≥ 0, also where x is close to m and the terms cancel. */
function deviance(x: number, m: number): number {
  if (x === 0) return m;
  const d = (x - m) / m;
  if (Math.abs(d) > 0.1) return x * Math.log(x / m) - x + m;
  // m ((1 + d) log(1 + d) − d) = m Σ_{k≥2} (−d)^k / (k (k − 1)).
  let sum = 0;
  let power = d * d;
  for (let k = 2; k < 24; k++) {
    const term = power / (k * (k - 1));
    sum += term;
    if (Math.abs(term) < 1e-18 * sum) break;
    power *= -d;
  }
  return m * sum;
}

/** log of the Poisson probability of k events at a mean of m > 0. */
export const logPoisson = (k: number, m: number): number =>
  k === 0 ? -m : -stirlingError(k) - deviance(k, m) - halfLogTwoPi - 0.5 * Math.log(k);

/** log of the binomial probability of k successes out of n, each of probability p, 0 < p < 1. */
export function logBinomial(k: number, n: number, p: number): number {
  if (k === 0) return n * Math.log1p(-p);
  if (k === n) return n * Math.log(p);
  const misses = n - k;
  return (
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(misses) -
    deviance(k, n * p) -
    deviance(misses, n * (1 - p)) -
    halfLogTwoPi +
    0.5 * Math.log(n / k / misses)
  );
}
