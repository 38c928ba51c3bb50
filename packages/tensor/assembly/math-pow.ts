// Powers and remainders.
// pow of one f64 after FreeBSD msun (e_pow.c):
// Copyright (C) 2004 by Sun Microsystems, Inc. All rights reserved. Permission to use, copy, modify, and
// distribute this software is freely granted, provided that this notice is preserved.
import { exp, log } from "./math";
import { all, signOf } from "./math-lanes";

function head(x: f64): f64 {
  return reinterpret<f64>(reinterpret<u64>(x) & 0xffffffff00000000);
}

// x^y for 0 < x < ∞ and finite y: log2 x in two parts, times y, then 2 to that.
function powPositive(x: f64, y: f64): f64 {
  let n: f64 = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 9007199254740992;
    n = -53;
  }
  const bits = reinterpret<u64>(x);
  n += <f64>(<i32>(bits >> 52) - 1023);
  x = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000);
  let base: f64 = 1;
  let logHigh: f64 = 0;
  let logLow: f64 = 0;
  if (x > 1.7320508075688772) {
    x *= 0.5;
    n += 1;
  } else if (x > 1.224744871391589) {
    base = 1.5;
    logHigh = 5.84962487220764160156e-1;
    logLow = 1.35003920212974897128e-8;
  }
  // s = (x − base) / (x + base) in two parts.
  const u = x - base;
  const v = 1 / (x + base);
  const s = u * v;
  const sHigh = head(s);
  const sum = head(x + base);
  const sLow = v * (u - sHigh * sum - sHigh * (x - (sum - base)));
  // log2 x = (2 / ln 2) (s + s³ (1/3 + s² …)).
  let s2 = s * s;
  let r = s2 * s2 * (5.99999999999994648725e-1 + s2 * (4.28571428578550184252e-1 +
    s2 * (3.33333329818377432918e-1 + s2 * (2.72728123808534006489e-1 +
    s2 * (2.30660745775561754067e-1 + s2 * 2.06975017800338417784e-1)))));
  r += sLow * (sHigh + s);
  s2 = sHigh * sHigh;
  const tHigh = head(3 + s2 + r);
  const tLow = r - (tHigh - 3 - s2);
  const a = sHigh * tHigh;
  const b = sLow * tHigh + tLow * s;
  const pHigh = head(a + b);
  const pLow = b - (pHigh - a);
  const zHigh = 9.61796700954437255859e-1 * pHigh;
  const zLow = -7.02846165095275826516e-9 * pHigh + pLow * 9.61796693925975554329e-1 + logLow;
  const t1 = head(zHigh + zLow + logHigh + n);
  const t2 = zLow - (t1 - n - logHigh - zHigh);
  // y log2 x in two parts.
  const yHigh = head(y);
  const low = (y - yHigh) * t1 + y * t2;
  let high = yHigh * t1;
  const whole = min(max(high + low, -1100.0), 1100.0);
  if (abs(whole) === 1100) return whole < 0 ? 0 : Infinity;
  const k = nearest(whole);
  high -= k;
  const t = head(low + high);
  const c = t * 6.93147182464599609375e-1;
  const d = (low - (t - high)) * 6.93147180559945286227e-1 + t * -1.90465429995776804525e-9;
  const z = c + d;
  const w = d - (z - c);
  const q = z * z;
  const e = z - q * (1.66666666666666019037e-1 + q * (-2.77777777770155933842e-3 +
    q * (6.61375632143793436117e-5 + q * (-1.65339022054652515390e-6 +
    q * 4.13813679705723846039e-8))));
  const result = 1 - ((z * e) / (e - 2) - (w + z * w) - z);
  const i = <i64>k;
  const half = i >> 1;
  return (
    result * reinterpret<f64>((1023 + half) << 52) * reinterpret<f64>((1023 + i - half) << 52)
  );
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
