import { erfc, lgamma } from "../../src/cpu/fallback/special";

/** P(X ≤ x) of a standard normal number. */
export const normalCdf = (x: number): number => erfc(-x * Math.SQRT1_2) / 2;

/** Regularised lower incomplete gamma function, by its power series or Legendre's continued fraction. */
export function gammaCdf(a: number, x: number): number {
  if (x <= 0) return 0;
  const front = Math.exp(a * Math.log(x) - x - lgamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; term > 1e-17 * sum; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return front * sum;
  }
  let fraction = 0;
  for (let n = 400; n > 0; n--) fraction = (n * (a - n)) / (x + 2 * n + 1 - a + fraction);
  return 1 - front / (x + 1 - a + fraction);
}

/** Regularised incomplete beta function, by its continued fraction. */
export function betaCdf(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaCdf(b, a, 1 - x);
  const front =
    Math.exp(a * Math.log(x) + b * Math.log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b)) / a;
  let fraction = 1;
  for (let m = 300; m > 0; m--) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m - 1) * (a + b + m - 1) * x) / ((a + 2 * m - 2) * (a + 2 * m - 1));
    fraction = 1 + odd / (1 + even / fraction);
  }
  return front / fraction;
}

/** P(X ≤ x) of Student's t distribution. */
export function studentCdf(degrees: number, x: number): number {
  const tail = betaCdf(degrees / 2, 0.5, degrees / (degrees + x * x)) / 2;
  return x > 0 ? 1 - tail : tail;
}

/** Probabilities of 0, 1, … `most` events. */
export function poissonMass(rate: number, most: number): number[] {
  return Array.from({ length: most + 1 }, (_, k) =>
    Math.exp((k === 0 ? 0 : k * Math.log(rate)) - rate - lgamma(k + 1)),
  );
}

/** Probabilities of 0, 1, … n successes. */
export function binomialMass(n: number, p: number): number[] {
  return Array.from({ length: n + 1 }, (_, k) =>
    Math.exp(
      lgamma(n + 1) -
        lgamma(k + 1) -
        lgamma(n - k + 1) +
        k * Math.log(p) +
        (n - k) * Math.log1p(-p),
    ),
  );
}
