import { numberFunction } from "./define-function";
import type { HelperFunction } from "./kernel-spec";

/** The error function and its relatives. */
export const specialFunctions: readonly HelperFunction[] = [
  // e^(−x²) without the rounding of x²: its head has few bits.
  numberFunction(
    "gaussian",
    "x",
    `
const head = Math.floor(x * 16) * 0.0625;
const tail = x - head;
return expOf(-head * head) * expOf(-tail * (head + x));`,
  ),
  // 2/√π e^(−x²) Σ 2^n x^(2n+1) / (2n+1)!!: all terms are positive.
  numberFunction(
    "erfSeries",
    "x",
    `
let term = x;
let sum = x;
for (let j = 1; j < 20; j++) {
  term = term * 2 * x * x / (2 * j + 1);
  sum = sum + term;
}
return 1.1283791670955126 * gaussian(x) * sum;`,
  ),
  // Laplace's continued fraction, for x ≥ 1.5.
  numberFunction(
    "erfcFraction",
    "x",
    `
let tail = x;
for (let j = 0; j < 40; j++) { tail = x + (20 - j * 0.5) / tail; }
return gaussian(x) * 0.5641895835477563 / tail;`,
  ),
  numberFunction(
    "erfOf",
    "x",
    `
const a = Math.abs(x);
if (isNan(a) > 0.5) { return x; }
let y = 1;
if (a < 1.5) { y = erfSeries(a); }
else { if (a < 6) { y = 1 - erfcFraction(a); } }
if (x < 0) { return -y; }
return y;`,
  ),
  numberFunction(
    "erfcOf",
    "x",
    `
if (isNan(x) > 0.5) { return x; }
if (x < 1.5) { return 1 - erfOf(x); }
if (x > 11) { return 0; }
return erfcFraction(x);`,
  ),
  // Coefficients from tooling/scripts/minimax.py.
  numberFunction(
    "erfinvOf",
    "x",
    `
const a = Math.abs(x);
if (a < 0.75) {
  const z = a * a;
  const p = 0.88622695 + z * (z * (0.5042406 - z * 0.03316116) - 1.3122023);
  return x * p / (1 + z * (z * (0.8812091 - z * 0.11494188) - 1.7424601));
}
if (a < 1) {
  const r = Math.sqrt(-logOf(1 - a));
  const p = r * (0.1514353 + r * (0.41291186 + r * (1.8109418 + r * 0.45714927))) - 0.021160182;
  const y = p / (1 + r * (1.1299952 + r * (1.8285152 + r * 0.4567659)));
  if (x < 0) { return -y; }
  return y;
}
if (a === 1) { return x / (1 - a); }
return logOf(1 - a);`,
  ),
];
