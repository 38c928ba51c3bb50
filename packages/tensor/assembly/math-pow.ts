// Powers and remainders.
import { exp, expOfSum1 } from "./math-exp";
import { all, head, ln2High, ln2Low, signOf } from "./math-lanes";
import { log } from "./math-log";

// x^y = e^(y log x) for 0 < x < ∞ and finite y, with log x and the product in two parts each.
//
// x = 2^n b (1 + s) / (1 − s) with b = √2 or 1 and |s| ≤ tanh(ln 2 / 8): n in halves, s = (x − b) / (x + b).
// log x = n ln 2 + 2s + 2/3 s³ + s⁵ P(s²), degree 4, error 2^−65.6: the first three terms in two parts.
// Coefficients and the parts of √2 and 2/3 from tooling/scripts/minimax.py.
function powPositive(x: f64, y: f64): f64 {
  let n: f64 = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 9007199254740992;
    n = -53;
  }
  const bits = reinterpret<u64>(x);
  n += <f64>(<i32>(bits >> 52) - 1023);
  let m = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000);
  // From 2^¾ on, half of m is nearer to 1 than m to √2.
  const upper = m >= 1.6817928305074292;
  m = upper ? m * 0.5 : m;
  const middle = m > 1.189207115002721;
  n += upper ? 1 : middle ? 0.5 : 0;
  const b = middle ? 1.4142135623730951 : 1;
  const bLow = middle ? -9.667293313452913e-17 : 0;
  // s in two parts: the remainder of the division comes from products that are exact.
  const f = m - b;
  const sum = m + b;
  const s = f / sum;
  const sHigh = head(s);
  const sumHigh = head(sum);
  const sumLow = m - (sumHigh - b) + bLow;
  const sLow = (f - sHigh * sumHigh - bLow - sHigh * sumLow) / sum;
  // 2/3 s and s² in two parts each.
  const zHigh = sHigh * sHigh;
  const zLow = sLow * (sHigh + s);
  const z = zHigh + zLow;
  const c = s * 0.6666666666666666;
  const cHigh = head(c);
  const cLow =
    sHigh * 0.6666666567325592 - cHigh + sHigh * 9.934107462565104e-9 + sLow * 0.6666666666666666;
  const zHead = head(zHigh);
  const cube = cHigh * zHead;
  const p = 0.4000000000002012 + z * (0.2857142854408582 + z * (0.22222235660877246 +
    z * (0.18178756198695886 + z * 0.1571306255583117)));
  const small = cHigh * (zHigh - zHead) + cLow * zHigh + c * zLow + s * z * z * p + 2 * sLow;
  // Every sum is smaller than what it is added to, so that what it loses is exact.
  const whole = n * ln2High<f64>();
  const first = whole + 2 * sHigh;
  const second = first + cube;
  const rest =
    2 * sHigh - (first - whole) + (cube - (second - first)) + (n * ln2Low<f64>() + small);
  const logHigh = second + rest;
  const logLow = second - logHigh + rest;
  const logHead = head(logHigh);
  const yHead = head(y);
  return expOfSum1(yHead * logHead, (y - yHead) * logHigh + yHead * (logHigh - logHead + logLow));
}

/** x^y of one f64, as C's pow. */
export function pow1(x: f64, y: f64): f64 {
  if (y === 0 || x === 1) return 1;
  if (x !== x || y !== y) return NaN;
  const a = abs(x);
  if (abs(y) === Infinity) {
    if (a === 1) return 1;
    return a > 1 === y > 0 ? Infinity : 0;
  }
  const integer = floor(y) === y;
  const half = y * 0.5;
  const flip = reinterpret<i64>(x) < 0 && integer && floor(half) !== half;
  let z: f64;
  if (a === 0 || a === Infinity) z = (a === 0) === y > 0 ? 0 : Infinity;
  else if (x < 0 && !integer) return NaN;
  else z = powPositive(a, y);
  return flip ? -z : z;
}

/** x^y of two f64 to the precision of f32: e^(y log |x|) and C's special cases. */
// @ts-ignore: decorator
@inline
export function powToSingle(x: v128, y: v128): v128 {
  const a = f64x2.abs(x);
  let z = exp<f64>(f64x2.mul(y, log<f64>(a)));
  const half = f64x2.mul(y, all<f64>(0.5));
  const fraction = f64x2.ne(f64x2.trunc(y), y);
  const odd = v128.andnot(f64x2.ne(f64x2.trunc(half), half), fraction);
  z = v128.xor(z, v128.and(odd, signOf<f64>(x)));
  const negative = v128.and(f64x2.lt(x, all<f64>(0)), f64x2.gt(x, all<f64>(-Infinity)));
  z = v128.bitselect(all<f64>(NaN), z, v128.and(negative, fraction));
  const infinite = f64x2.eq(f64x2.abs(y), all<f64>(Infinity));
  const unit = v128.or(
    v128.or(f64x2.eq(x, all<f64>(1)), f64x2.eq(y, all<f64>(0))),
    v128.and(f64x2.eq(x, all<f64>(-1)), infinite),
  );
  return v128.bitselect(all<f64>(1), z, unit);
}

/** Power of integers modulo 2^32; negative exponents truncate towards 0. */
export function integerPower<T>(x: T, n: T): T {
  if (isSigned<T>() && n < <T>0) {
    if (x === <T>1) return x;
    if (x === <T>-1) return n & <T>1 ? x : <T>1;
    return <T>0;
  }
  let y = <T>1;
  for (; n !== <T>0; n = <T>(<u32>n >> 1)) {
    if (n & <T>1) y *= x;
    x *= x;
  }
  return y;
}
