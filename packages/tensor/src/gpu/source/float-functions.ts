import { numberFunction } from "./define-function";
import type { HelperFunction } from "./kernel-spec";

/** Arithmetic and elementary functions of f32 where the device's own are missing or too rough. */
export const floatFunctions: readonly HelperFunction[] = [
  // Compilers make x ≠ x false for NaN, too; x = x is not true for it.
  numberFunction("isNan", "x", "if (x === x) { return 0; }\nreturn 1;"),
  // Devices differ in what their own functions make of NaN, of 0 and of numbers below it.
  numberFunction("expOf", "x", "if (x === x) { return Math.exp(x); }\nreturn x;"),
  numberFunction(
    "logOf",
    "x",
    `
if (x > 0) { return Math.log(x); }
if (x < 0) { return Math.sqrt(x); }
if (x === 0) { return -1 / Math.abs(x); }
return x;`,
  ),
  // Some compilers of GLSL make x − x zero for infinity, too.
  numberFunction(
    "isFinite",
    "x",
    "if (Math.abs(x) <= 3.4028234663852886e38) { return 1; }\nreturn 0;",
  ),
  numberFunction(
    "larger",
    "x y",
    "if (isNan(x) > 0.5) { return x; }\nif (isNan(y) > 0.5) { return y; }\nreturn Math.max(x, y);",
  ),
  numberFunction(
    "smaller",
    "x y",
    "if (isNan(x) > 0.5) { return x; }\nif (isNan(y) > 0.5) { return y; }\nreturn Math.min(x, y);",
  ),
  numberFunction("signOf", "x", "if (x > 0) { return 1; }\nif (x < 0) { return -1; }\nreturn x;"),
  numberFunction("truncate", "x", "if (x < 0) { return -Math.floor(-x); }\nreturn Math.floor(x);"),
  // Halves to the even neighbour. From 2^23 on every float is whole.
  numberFunction(
    "roundToEven",
    "x",
    `
const low = Math.floor(x);
const part = x - low;
if (part < 0.5) { return low; }
if (part > 0.5) { return low + 1; }
const half = Math.floor(low * 0.5);
if (part === 0.5 && low - half * 2 > 0.5) { return low + 1; }
return low;`,
  ),
  // Long division in binary: with d ≤ r < 2d the difference r − d is exact.
  numberFunction(
    "remainder",
    "x y",
    `
let r = Math.abs(x);
const b = Math.abs(y);
if (isFinite(x) < 0.5 || isNan(y) > 0.5 || b === 0) { return x - y * truncate(x / y); }
if (r < b) { return x; }
let d = b;
for (let i = 0; i < 16; i++) { if (d * 65536 <= r) { d = d * 65536; } }
for (let i = 0; i < 16; i++) { if (d * 2 <= r) { d = d * 2; } }
for (let i = 0; i < 17; i++) {
  if (d >= b) {
    for (let j = 0; j < 16; j++) {
      if (d >= b && r >= d) { r = r - d; }
      d = d * 0.5;
    }
  }
}
if (x < 0) { return -r; }
return r;`,
  ),
  numberFunction(
    "expMinusOne",
    "x",
    `
if (Math.abs(x) > 0.5) { return expOf(x) - 1; }
let sum = 1;
for (let j = 0; j < 8; j++) { sum = 1 + sum * x / (9 - j); }
return x * sum;`,
  ),
  // log(1 + x) = 2 artanh(x / (2 + x)).
  numberFunction(
    "logPlusOne",
    "x",
    `
if (Math.abs(x) > 0.25) { return logOf(1 + x); }
const s = x / (2 + x);
const q = s * s;
return 2 * s * (1 + q * (1 / 3 + q * (0.2 + q * (1 / 7 + q / 9))));`,
  ),
  numberFunction(
    "tanhOf",
    "x",
    `
const a = Math.abs(x);
if (a > 10) { return signOf(x); }
const t = expMinusOne(2 * a);
const y = t / (t + 2);
if (x < 0) { return -y; }
return y;`,
  ),
  numberFunction(
    "sigmoid",
    "x",
    `
const z = expOf(-Math.abs(x));
if (x < 0) { return z / (1 + z); }
return 1 / (1 + z);`,
  ),
  numberFunction("softplus", "x", "return larger(x, 0) + logPlusOne(expOf(-Math.abs(x)));"),
  numberFunction(
    "sinhOf",
    "x",
    `
const a = Math.abs(x);
if (a > 1) {
  const e = expOf(a * 0.5);
  const y = 0.5 * e * e - 0.5 / e / e;
  if (x < 0) { return -y; }
  return y;
}
const t = expMinusOne(a);
const z = 0.5 * (t + t / (t + 1));
if (x < 0) { return -z; }
return z;`,
  ),
  numberFunction(
    "coshOf",
    "x",
    "const e = expOf(Math.abs(x) * 0.5);\nreturn 0.5 * e * e + 0.5 / e / e;",
  ),
  // Arguments up to tan(π/8), where the series ends soon.
  numberFunction(
    "atanNear",
    "x",
    `
const q = x * x;
let sum = 1 / 21;
for (let j = 0; j < 10; j++) { sum = 1 / (19 - 2 * j) - q * sum; }
return x * sum;`,
  ),
  numberFunction(
    "atanOf",
    "x",
    `
const a = Math.abs(x);
let y = a;
if (a > 2.414213562373095) { y = 1.5707963267948966 - atanNear(1 / a); }
else {
  if (a > 0.41421356237309503) { y = 0.7853981633974483 + atanNear((a - 1) / (a + 1)); }
  else { y = atanNear(a); }
}
if (x < 0) { return -y; }
return y;`,
  ),
  numberFunction(
    "atanPair",
    "y x",
    `
const p = Math.abs(x);
const q = Math.abs(y);
let t = 0;
if (isFinite(p) < 0.5 && isFinite(q) < 0.5) { t = 0.7853981633974483; }
else {
  if (q > p) { t = 1.5707963267948966 - atanOf(p / q); }
  else { if (q > 0) { t = atanOf(q / p); } }
}
if (isNan(x + y) > 0.5 && (isNan(x) > 0.5 || isNan(y) > 0.5)) { return x + y; }
if (x < 0 || (x === 0 && 1 / x < 0)) { t = 3.141592653589793 - t; }
if (y < 0 || (y === 0 && 1 / y < 0)) { return -t; }
return t;`,
  ),
  numberFunction("asinOf", "x", "return 2 * atanOf(x / (1 + Math.sqrt((1 - x) * (1 + x))));"),
  numberFunction(
    "acosOf",
    "x",
    `
return 2 * atanOf(Math.sqrt((1 - x) / (1 + x)));`,
  ),
  numberFunction(
    "asinhOf",
    "x",
    `
const a = Math.abs(x);
let y = a;
if (a > 1000000) { y = logOf(a) + 0.6931471805599453; }
else { y = logPlusOne(a + a * a / (1 + Math.sqrt(a * a + 1))); }
if (x < 0) { return -y; }
return y;`,
  ),
  numberFunction(
    "acoshOf",
    "x",
    `
if (x > 1000000) { return logOf(x) + 0.6931471805599453; }
if (x < 1) { return Math.sqrt(x - 1); }
const t = x - 1;
return logPlusOne(t + Math.sqrt(t * (t + 2)));`,
  ),
  numberFunction(
    "atanhOf",
    "x",
    `
const a = Math.abs(x);
const y = 0.5 * logPlusOne(2 * a / (1 - a));
if (x < 0) { return -y; }
return y;`,
  ),
  // Small whole exponents by squaring: the logarithm would lose digits.
  numberFunction(
    "powWhole",
    "x n",
    `
let y = 1;
let base = x;
let rest = Math.abs(n);
for (let j = 0; j < 7; j++) {
  const half = Math.floor(rest * 0.5);
  if (rest - half * 2 > 0.5) { y = y * base; }
  base = base * base;
  rest = half;
}
if (n < 0) { return 1 / y; }
return y;`,
  ),
  numberFunction(
    "powOf",
    "x y nan",
    `
if (y === 0 || x === 1) { return 1; }
const near = Math.floor(y);
if (near === y && Math.abs(y) < 64.5) { return powWhole(x, y); }
if (isNan(x) > 0.5 || isNan(y) > 0.5) { return x + y; }
const a = Math.abs(x);
if (a === 1 && isFinite(y) < 0.5) { return 1; }
const m = expOf(y * logOf(a));
let z = m;
if (a === 0) { if (y > 0) { z = 0; } else { z = 1 / a; } }
if (x < 0) {
  if (near < y) { if (isFinite(x) > 0.5 && isFinite(y) > 0.5) { return nan; } return z; }
  const half = Math.floor(y * 0.5);
  if (y - half * 2 > 0.5) { return -z; }
}
return z;`,
  ),
];
