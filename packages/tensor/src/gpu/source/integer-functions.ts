import { integerFunction, numberFunction, pairFunction } from "./define-function";
import type { HelperFunction } from "./kernel-spec";

/*
 * 32-bit integers as pairs [low, high] of 16-bit halves, both whole floats from 0 to 65535, for i32 and u32 alike
 * (two's complement). Every intermediate stays below 2^24, where floats are exact; 2^-16 is a power of two, so
 * products with it are exact as well.
 */
const carry = "0.0000152587890625";

/** Arithmetic on integers in two planes. */
export const integerFunctions: readonly HelperFunction[] = [
  // Bit operations of whole words are emulated on WebGL, and wrong above 2^24.
  integerFunction("halfOf", "i:i", "return quotient(i, 2);"),
  integerFunction("restOf", "i:i q:i d:i", "return i - q * d;"),
  numberFunction(
    "pickHalf",
    "i:i p:2",
    "if (restOf(i, halfOf(i), 2) === 1) { return p[1]; }\nreturn p[0];",
  ),
  pairFunction(
    "pairOfIndex",
    "i:i",
    "return [restOf(i, quotient(i, 65536), 65536), quotient(i, 65536)];",
  ),
  integerFunction("indexOfPair", "p:2", "return joinIndex(p[0], p[1]);"),
  integerFunction("joinIndex", "low:i high:i", "return low + high * 65536;"),
  pairFunction(
    "addPair",
    "a:2 b:2",
    `
const low = a[0] + b[0];
const over = Math.floor(low * ${carry});
const high = a[1] + b[1] + over;
const rest = Math.floor(high * ${carry});
return [low - over * 65536, high - rest * 65536];`,
  ),
  pairFunction("notPair", "a:2", "return [65535 - a[0], 65535 - a[1]];"),
  pairFunction("negPair", "a:2", "return addPair(notPair(a), [1, 0]);"),
  pairFunction("subPair", "a:2 b:2", "return addPair(a, negPair(b));"),
  numberFunction("isNegative", "a:2", "if (a[1] > 32767.5) { return 1; }\nreturn 0;"),
  pairFunction("absPair", "a:2", "if (a[1] > 32767.5) { return negPair(a); }\nreturn a;"),
  // Both factors in bytes: byte times half stays below 2^24, and so does every sum.
  numberFunction(
    "mulHalf",
    "x y",
    `
const top = Math.floor(x * 0.00390625);
const bottom = x - top * 256;
const upper = top * y;
const cut = Math.floor(upper * 0.00390625);
const sum = bottom * y + (upper - cut * 256) * 256;
const over = Math.floor(sum * ${carry});
return sum - over * 65536;`,
  ),
  pairFunction(
    "mulLow",
    "x y",
    `
const top = Math.floor(x * 0.00390625);
const bottom = x - top * 256;
const upper = top * y;
const cut = Math.floor(upper * 0.00390625);
const sum = bottom * y + (upper - cut * 256) * 256;
const over = Math.floor(sum * ${carry});
return [sum - over * 65536, cut + over];`,
  ),
  pairFunction(
    "mulPair",
    "a:2 b:2",
    `
const p = mulLow(a[0], b[0]);
const high = p[1] + mulHalf(a[0], b[1]) + mulHalf(a[1], b[0]);
const over = Math.floor(high * ${carry});
return [p[0], high - over * 65536];`,
  ),
  numberFunction(
    "sameBits",
    "a:2 b:2",
    "if (a[0] === b[0] && a[1] === b[1]) { return 1; }\nreturn 0;",
  ),
  numberFunction(
    "lessUnsigned",
    "a:2 b:2",
    `
if (a[1] < b[1]) { return 1; }
if (a[1] > b[1]) { return 0; }
if (a[0] < b[0]) { return 1; }
return 0;`,
  ),
  pairFunction(
    "flipSign",
    "a:2",
    "if (a[1] > 32767.5) { return [a[0], a[1] - 32768]; }\nreturn [a[0], a[1] + 32768];",
  ),
  numberFunction("lessSigned", "a:2 b:2", "return lessUnsigned(flipSign(a), flipSign(b));"),
  numberFunction("floatOfUnsigned", "a:2", "return a[1] * 65536 + a[0];"),
  numberFunction(
    "floatOfSigned",
    "a:2",
    `
if (a[1] > 32767.5) {
  const m = negPair(a);
  return -(m[1] * 65536 + m[0]);
}
return a[1] * 65536 + a[0];`,
  ),
  // Truncated and saturated; NaN is 0.
  pairFunction(
    "unsignedOfFloat",
    "x",
    `
if (!(x >= 1)) { return [0, 0]; }
if (x >= 4294967296) { return [65535, 65535]; }
const whole = Math.floor(x);
const high = Math.floor(whole * ${carry});
return [whole - high * 65536, high];`,
  ),
  pairFunction(
    "signedOfFloat",
    "x",
    `
if (x >= 2147483648) { return [65535, 32767]; }
if (x <= -2147483648) { return [0, 32768]; }
if (x < 0) { return negPair(unsignedOfFloat(-x)); }
return unsignedOfFloat(x);`,
  ),
  // A float division is right to one part in 2^20; what it leaves over is divided again.
  pairFunction(
    "divUnsigned",
    "a:2 b:2",
    `
if (b[0] === 0 && b[1] === 0) { return [0, 0]; }
let q = [0, 0];
let r = [a[0], a[1]];
const d = floatOfUnsigned(b);
for (let j = 0; j < 6; j++) {
  if (lessUnsigned(r, b) < 0.5) {
    const guess = Math.floor(floatOfUnsigned(r) / d * 0.99999);
    const part = unsignedOfFloat(Math.max(guess, 1));
    q = addPair(q, part);
    r = subPair(r, mulPair(part, b));
  }
}
return q;`,
  ),
  pairFunction(
    "divSigned",
    "a:2 b:2",
    `
const q = divUnsigned(absPair(a), absPair(b));
if (isNegative(a) !== isNegative(b)) { return negPair(q); }
return q;`,
  ),
  pairFunction(
    "remUnsigned",
    "a:2 b:2",
    `
if (b[0] === 0 && b[1] === 0) { return [0, 0]; }
return subPair(a, mulPair(divUnsigned(a, b), b));`,
  ),
  pairFunction(
    "remSigned",
    "a:2 b:2",
    `
const r = remUnsigned(absPair(a), absPair(b));
if (isNegative(a) > 0.5) { return negPair(r); }
return r;`,
  ),
  numberFunction(
    "powerOfTwo",
    "n",
    "let p = 1;\nfor (let j = 0; j < 31; j++) { if (j < n) { p = p * 2; } }\nreturn p;",
  ),
  numberFunction(
    "powerOfHalf",
    "n",
    "let p = 1;\nfor (let j = 0; j < 31; j++) { if (j < n) { p = p * 0.5; } }\nreturn p;",
  ),
  pairFunction(
    "shiftLeft",
    "a:2 n:2",
    `
if (n[1] > 0.5 || n[0] > 31.5) { return [0, 0]; }
if (n[0] > 15.5) { return mulPair(a, [0, powerOfTwo(n[0] - 16)]); }
return mulPair(a, [powerOfTwo(n[0]), 0]);`,
  ),
  pairFunction(
    "shiftRight",
    "a:2 n:2",
    `
if (n[1] > 0.5 || n[0] > 31.5) { return [0, 0]; }
if (n[0] > 15.5) { return [Math.floor(a[1] * powerOfHalf(n[0] - 16)), 0]; }
const high = Math.floor(a[1] * powerOfHalf(n[0]));
const moved = a[1] - high * powerOfTwo(n[0]);
const low = Math.floor(a[0] * powerOfHalf(n[0]));
return [low + moved * powerOfTwo(16 - n[0]), high];`,
  ),
  pairFunction(
    "shiftRightSigned",
    "a:2 n:2",
    `
if (a[1] < 32767.5) { return shiftRight(a, n); }
return notPair(shiftRight(notPair(a), n));`,
  ),
  pairFunction("andPair", "a:2 b:2", "return [a[0] & b[0], a[1] & b[1]];"),
  pairFunction("orPair", "a:2 b:2", "return [a[0] | b[0], a[1] | b[1]];"),
  pairFunction("xorPair", "a:2 b:2", "return [a[0] ^ b[0], a[1] ^ b[1]];"),
  // WebGL's compilers take seconds for many `^`, each of which gpu.js writes as a loop with exits.
  numberFunction(
    "xorDigits",
    "a b",
    `
let x = a;
let y = b;
let place = 1;
let sum = 0;
for (let j = 0; j < 16; j++) {
  const halfX = Math.floor(x * 0.5);
  const halfY = Math.floor(y * 0.5);
  const differ = x - y - 2 * (halfX - halfY);
  sum = sum + differ * differ * place;
  place = place * 2;
  x = halfX;
  y = halfY;
}
return sum;`,
  ),
  pairFunction("xorByDigits", "a:2 b:2", "return [xorDigits(a[0], b[0]), xorDigits(a[1], b[1])];"),
  pairFunction(
    "powUnsigned",
    "a:2 n:2",
    `
let y = [1, 0];
let base = [a[0], a[1]];
let rest = [n[0], n[1]];
for (let j = 0; j < 32; j++) {
  const half = Math.floor(rest[0] * 0.5);
  if (rest[0] - half * 2 > 0.5) { y = mulPair(y, base); }
  base = mulPair(base, base);
  rest = shiftRight(rest, [1, 0]);
}
return y;`,
  ),
  // Negative exponents truncate towards 0.
  pairFunction(
    "powSigned",
    "a:2 n:2",
    `
if (n[1] < 32767.5) { return powUnsigned(a, n); }
if (a[0] === 1 && a[1] === 0) { return [1, 0]; }
if (a[0] === 65535 && a[1] === 65535) { return powUnsigned(a, [n[0], 0]); }
return [0, 0];`,
  ),
  pairFunction(
    "signSigned",
    "a:2",
    `
if (a[1] > 32767.5) { return [65535, 65535]; }
return [Math.min(a[0] + a[1], 1), 0];`,
  ),
  pairFunction("signUnsigned", "a:2", "return [Math.min(a[0] + a[1], 1), 0];"),
  pairFunction("maxSigned", "a:2 b:2", "if (lessSigned(a, b) > 0.5) { return b; }\nreturn a;"),
  pairFunction("minSigned", "a:2 b:2", "if (lessSigned(a, b) > 0.5) { return a; }\nreturn b;"),
  pairFunction("maxUnsigned", "a:2 b:2", "if (lessUnsigned(a, b) > 0.5) { return b; }\nreturn a;"),
  pairFunction("minUnsigned", "a:2 b:2", "if (lessUnsigned(a, b) > 0.5) { return a; }\nreturn b;"),
  pairFunction("choosePair", "m a:2 b:2", "if (m > 0.5) { return a; }\nreturn b;"),
  // The low byte; bytes wrap after every operation.
  numberFunction("byteOf", "x", "return x - 256 * Math.floor(x * 0.00390625);"),
  numberFunction("byteOfPair", "a:2", "return a[0] - 256 * Math.floor(a[0] * 0.00390625);"),
  pairFunction("pairOfByte", "x", "return [x, 0];"),
  numberFunction(
    "byteOfFloat",
    "x",
    "if (!(x >= 1)) { return 0; }\nreturn Math.min(Math.floor(x), 255);",
  ),
  numberFunction(
    "byteQuotient",
    "a b",
    "if (b === 0) { return 0; }\nreturn Math.floor((a + 0.5) / b);",
  ),
  numberFunction(
    "byteRemainder",
    "a b",
    "if (b === 0) { return 0; }\nreturn a - b * Math.floor((a + 0.5) / b);",
  ),
];
