/*
 * Functions that Math lacks. Compact rather than fast: series and continued fractions taken until nothing
 * changes. Errors stay below 1e-14: relative, or absolute near the zeros of digamma and the negative ones of
 * lgamma.
 */

const SQRT_PI = 1.772453850905516;

/** e^(−x²) without the rounding of x². */
function gaussian(x: number): number {
  const head = Math.fround(x);
  return Math.exp(-head * head) * Math.exp((head - x) * (head + x));
}

/** erf x = 2/√π e^(−x²) Σ 2^n x^(2n+1) / (2n+1)!!, all terms positive. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / SQRT_PI) * gaussian(x) * sum;
}

/** erfc x by Laplace's continued fraction, for x ≥ 1.5. */
function erfcFraction(x: number): number {
  let tail = x;
  for (let k = 160; k > 0; k--) tail = x + k / 2 / tail;
  return gaussian(x) / (SQRT_PI * tail);
}

/** The error function. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (!(a > 0)) return x;
  if (a > 6) return Math.sign(x);
  return Math.sign(x) * (a < 1.5 ? erfSeries(a) : 1 - erfcFraction(a));
}

/** 1 − erf x, with full relative precision for large x. */
export function erfc(x: number): number {
  if (x < 1.5) return x > -6 ? 1 - erf(x) : 2;
  return x < 28 ? erfcFraction(x) : Number.isNaN(x) ? x : 0;
}

/**
 * Inverse of erf: a quotient of polynomials, then one of Halley's steps, which leaves of an error e of six to
 * seven digits (y² + 1) e³ / 3.
 */
export function erfinv(x: number): number {
  const a = Math.abs(x);
  if (!(a < 1)) return a === 1 ? x * Infinity : NaN;
  if (a < 1e-300) return (x * SQRT_PI) / 2;
  const y =
    a < 0.75
      ? a * quotient(starts.center, a * a)
      : quotient(starts.tail, Math.sqrt(-Math.log(1 - a)));
  const miss = a < 0.75 ? erf(y) - a : 1 - a - erfc(y);
  const step = (miss * SQRT_PI * Math.exp(y * y)) / 2;
  const better = y - step / (1 + y * step);
  return x < 0 ? -better : better;
}

/** Coefficients of x^n … 1 above and below, from tooling/scripts/minimax.py, as in assembly/math-erfinv.ts. */
const starts = {
  center: [
    [0.11079375383512112, -0.8314216349380914, 0.8862299312970261],
    [0.29444617563806025, -1.1998577345016437, 1],
  ],
  tail: [
    [1.4553879459885655, 1.4413916844243835, -0.43891118077205776, 0.11656048747845615],
    [0.00033150789112303385, 1.4457266668185655, 1.5968900607577934, 1],
  ],
} as const;

const quotient = ([top, bottom]: readonly (readonly number[])[], x: number): number =>
  polynomial(top as readonly number[], x) / polynomial(bottom as readonly number[], x);

/** Σ c_i x^(n−i). */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, c) => sum * x + c, 0);
}

/** ζ(k) − 1 for k = 2 … 11; beyond, 20 terms of the sum are exact. */
const zetas = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993,
  0.01734306198444914, 0.008349277381922827, 0.00407735619794434, 0.002008392826082214,
  0.0009945751278180853, 0.0004941886041194646,
];

function zetaMinusOne(k: number): number {
  if (k < 12) return zetas[k - 2] as number;
  let sum = 0;
  for (let n = 20; n > 1; n--) sum += n ** -k;
  return sum;
}

/** log Γ(2 + z) = (1 − γ) z + Σ (ζ(k) − 1) (−z)^k / k, for |z| ≤ ½: exact to the last places around its zero. */
function lgammaNearTwo(z: number): number {
  let sum = 0;
  for (let k = 30; k > 1; k--) sum = (zetaMinusOne(k) / k - sum) * z;
  return (sum + 0.4227843350984671) * z;
}

/** log |Γ(x)| by Stirling's series above 10 and recurrence or reflection below; +Infinity at the poles. */
export function lgamma(x: number): number {
  if (Math.abs(x) === Infinity) return Infinity;
  if (x >= 0.5 && x < 1.5) return lgammaNearTwo(x - 1) - Math.log1p(x - 1);
  if (x >= 1.5 && x < 2.5) return lgammaNearTwo(x - 2);
  if (x < 0.5) {
    if (Number.isInteger(x)) return Infinity;
    return Math.log(Math.PI / Math.abs(sinPi(x))) - lgamma(1 - x);
  }
  let product = 1;
  let y = x;
  for (; y < 10; y++) product *= y;
  const z = 1 / (y * y);
  const series = polynomial(
    [1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12],
    z,
  );
  return (y - 0.5) * Math.log(y) - y + 0.9189385332046727 + series / y - Math.log(product);
}

/** sin πx for any x without losing digits to π. */
const sinPi = (x: number): number => Math.sin(Math.PI * (x - 2 * Math.round(x / 2)));

/** Γ′(x) / Γ(x); ∓Infinity at ±0, NaN at the other poles. */
export function digamma(x: number): number {
  if (x === 0) return -1 / x;
  if (x < 0) {
    const t = Math.PI * (x - Math.round(x));
    return t === 0 || x === -Infinity ? NaN : digamma(1 - x) - Math.PI / Math.tan(t);
  }
  let sum = 0;
  let y = x;
  for (; y < 10; y++) sum -= 1 / y;
  const z = 1 / (y * y);
  const series = polynomial(
    [1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12, 0],
    z,
  );
  return sum + Math.log(y) - 0.5 / y - series;
}

/** 1 / (1 + e^−x) with full relative precision on both sides. */
export function sigmoid(x: number): number {
  const z = Math.exp(-Math.abs(x));
  return (x < 0 ? z : 1) / (1 + z);
}

/** log(1 + e^x). */
export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** x^y with C's special cases: 1^NaN and (±1)^±Infinity are 1. */
export const power = (x: number, y: number): number =>
  x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;

/** The nearest integer, halves to the even one. */
export function roundHalfEven(x: number): number {
  const near = Math.round(x);
  if (near - x !== 0.5 || near % 2 === 0) return x < 0 && near === 0 ? -0 : near;
  return near - 1;
}

/** x^n of integers modulo 2^32; negative exponents truncate towards 0. */
export function integerPower(x: number, n: number): number {
  if (n < 0) return x === 1 ? 1 : x === -1 ? (n % 2 === 0 ? 1 : -1) : 0;
  let y = 1;
  let base = x;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) y = Math.imul(y, base);
    base = Math.imul(base, base);
  }
  return y;
}
