import { numberFunction, pairFunction } from "./define-function";
import type { HelperFunction } from "./kernel-spec";

/** Binary places of 2/π, eight in each byte: enough for the largest float. */
const places = "a2f9836e4e441529fc2757d1f534ddc0db6295993c439041";

/** The bytes as a chain of comparisons, as kernels have no tables. */
const digits = Array.from(
  { length: places.length / 2 },
  (_, i) => `if (i < ${i}.5) { return ${Number.parseInt(places.slice(2 * i, 2 * i + 2), 16)}; }`,
).join("\n");

/** Bytes of the product with 2/π that are computed: one of whole quarter turns and nine behind the point. */
const columns = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Sums of byte products of one weight, each with what the lower ones carry; all below 2^24. */
const product = columns
  .toReversed()
  .map((c) => {
    const terms = [0, 1, 2, 3].map((j) => `b${j} * d${j + c}`).join(" + ");
    const carried = c === 9 ? "" : ` + Math.floor(c${c + 1} * 0.00390625)`;
    return `const c${c} = ${terms}${carried};`;
  })
  .join("\n");

/** Trigonometric functions with an argument that is reduced without loss. */
export const trigFunctions: readonly HelperFunction[] = [
  // π/2 in parts of which the first two have few bits, so that their products with whole numbers are exact.
  numberFunction("turnsOf", "x", "return Math.floor(x * 0.6366197723675814 + 0.5);"),
  numberFunction(
    "reduceAngle",
    "x n",
    "return x - n * 1.5703125 - n * 0.0004837512969970703 - n * 0.000000075497894158615;",
  ),
  numberFunction("quarterOf", "n", "return n - 4 * Math.floor(n * 0.25);"),
  numberFunction("turnDigit", "i", `if (i < -0.5) { return 0; }\n${digits}\nreturn 0;`),
  /*
   * Payne and Hanek's reduction: x is a whole number of 32 bits times 256^q, and only those bytes of 2/π matter whose
   * products with it are neither multiples of four quarter turns nor too small to see. Near a whole turn head and middle cancel,
   * exactly, as both have 24 bits.
   */
  pairFunction(
    "farAngle",
    "x",
    `
if (isFinite(x) < 0.5) { return [Math.sqrt(-Math.abs(x)), 0]; }
let m = Math.abs(x);
let q = 0;
for (let j = 0; j < 2; j++) { if (m < 16777216) { m = m * 256; q = q - 1; } }
for (let j = 0; j < 13; j++) { if (m >= 4294967296) { m = m * 0.00390625; q = q + 1; } }
const b3 = Math.floor(m * 0.000000059604644775390625);
const m2 = m - b3 * 16777216;
const b2 = Math.floor(m2 * 0.0000152587890625);
const m1 = m2 - b2 * 65536;
const b1 = Math.floor(m1 * 0.00390625);
const b0 = m1 - b1 * 256;
${Array.from({ length: 13 }, (_, t) => `const d${t} = turnDigit(q + ${t - 1});`).join("\n")}
${product}
${columns
  .slice(1, -1)
  .map((c) => `const f${c} = c${c} - 256 * Math.floor(c${c} * 0.00390625);`)
  .join("\n")}
let head = f1 * 0.00390625 + f2 * 0.0000152587890625 + f3 * 0.000000059604644775390625;
const middle = (f4 * 65536 + f5 * 256 + f6) * 0.0000000000000035527136788005009;
const tail = (f7 * 256 + f8) * 0.000000000000000000054210108624275222;
let quarter = quarterOf(c0);
if (head >= 0.5) { head = head - 1; quarter = quarterOf(quarter + 1); }
const rest = head + middle;
const r = (rest + tail) * 1.5707963267948966;
if (x < 0) { return [-r, quarterOf(4 - quarter)]; }
return [r, quarter];`,
  ),
  // What remains of an angle after whole quarter turns, and their number from 0 to 3.
  pairFunction(
    "angleOf",
    "x",
    `
if (Math.abs(x) < 8192) {
  const n = turnsOf(x);
  return [reduceAngle(x, n), quarterOf(n)];
}
return farAngle(x);`,
  ),
  numberFunction(
    "sinNear",
    "x",
    `
const q = x * x;
return x - x * q * (1 / 6 - q * (1 / 120 - q * (1 / 5040 - q / 362880)));`,
  ),
  numberFunction(
    "cosNear",
    "x",
    `
const q = x * x;
return 1 - q * (0.5 - q * (1 / 24 - q * (1 / 720 - q * (1 / 40320 - q / 3628800))));`,
  ),
  numberFunction(
    "sinOf",
    "x",
    `
const a = angleOf(x);
if (a[1] < 0.5) { return sinNear(a[0]); }
if (a[1] < 1.5) { return cosNear(a[0]); }
if (a[1] < 2.5) { return -sinNear(a[0]); }
return -cosNear(a[0]);`,
  ),
  numberFunction(
    "cosOf",
    "x",
    `
const a = angleOf(x);
if (a[1] < 0.5) { return cosNear(a[0]); }
if (a[1] < 1.5) { return -sinNear(a[0]); }
if (a[1] < 2.5) { return -cosNear(a[0]); }
return sinNear(a[0]);`,
  ),
  numberFunction(
    "tanOf",
    "x",
    `
const a = angleOf(x);
const half = Math.floor(a[1] * 0.5);
if (a[1] - half * 2 < 0.5) { return sinNear(a[0]) / cosNear(a[0]); }
return -cosNear(a[0]) / sinNear(a[0]);`,
  ),
];
