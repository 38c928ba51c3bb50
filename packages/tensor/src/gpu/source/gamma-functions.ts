import { numberFunction } from "./define-function";
import type { HelperFunction } from "./kernel-spec";

/** The logarithm of the gamma function and its derivative. */
export const gammaFunctions: readonly HelperFunction[] = [
  // log Γ(1 + t) for −0.2 ≤ t ≤ 2, exact at both zeros; coefficients from tooling/scripts/minimax.py.
  numberFunction(
    "lgammaMiddle",
    "t",
    `
const p = 0.077215664 - t * (0.09566318 + t * (0.22653347 + t * (0.08939781 + t * 0.007250132)));
const q = 1 + t * (1.9372777 + t * (1.2063904 + t * (0.26547208 + t * 0.015207504)));
return t * (t - 1) * (0.5 + p / q);`,
  ),
  // For x > 0. Every sum is of terms of one sign but for Stirling's, which is small beside x.
  numberFunction(
    "lgammaAbove",
    "x",
    `
if (x < 0.8) { return lgammaMiddle(x) - logOf(x); }
if (x < 3) { return lgammaMiddle(x - 1); }
if (x < 8) {
  let y = x;
  let product = 1;
  for (let j = 0; j < 6; j++) { if (y >= 3) { y = y - 1; product = product * y; } }
  return logOf(product) + lgammaMiddle(y - 1);
}
const w = 1 / x;
const z = w * w;
return (x - 0.5) * (logOf(x) - 1) + 0.4189385332 + w * (1 / 12 - z * (1 / 360 - z / 1260));`,
  ),
  numberFunction(
    "lgammaOf",
    "x inf",
    `
if (x > 0) { return lgammaAbove(x); }
if (isNan(x) > 0.5) { return x; }
const whole = Math.floor(x);
if (whole === x) { return inf; }
const d = x - roundToEven(x);
return logOf(3.141592653589793 / Math.abs(sinOf(3.141592653589793 * d))) - lgammaAbove(1 - x);`,
  ),
  numberFunction(
    "digammaAbove",
    "x",
    `
let sum = 0;
let y = x;
for (let j = 0; j < 6; j++) { if (y < 6) { sum = sum - 1 / y; y = y + 1; } }
const w = 1 / y;
const z = w * w;
return sum + (logOf(y) - 0.5 * w - z * (1 / 12 - z * (1 / 120 - z / 252)));`,
  ),
  numberFunction(
    "digammaOf",
    "x nan",
    `
if (x > 0) { return digammaAbove(x); }
if (x === 0) { return -1 / Math.abs(x); }
const d = x - roundToEven(x);
if (isFinite(x) < 0.5 || d === 0) { return nan; }
const angle = 3.141592653589793 * d;
return digammaAbove(1 - x) - 3.141592653589793 * cosOf(angle) / sinOf(angle);`,
  ),
];
