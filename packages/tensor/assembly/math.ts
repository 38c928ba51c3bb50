// exp, log and what follows from them, for f32 and f64 lanes from one source.
// Reductions and coefficients of exp and log after FreeBSD msun (e_exp.c, e_log.c and their float versions):
// Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunPro, a Sun Microsystems,
// Inc. business. Permission to use, copy, modify, and distribute this software is freely granted, provided
// that this notice is preserved.
import { addBits, all, everyLane, rounder, signOf, subBits, toExponent } from "./math-lanes";

// x / ln 2 plus the rounder: the low bits hold the nearest integer n.
// @ts-ignore: decorator
@inline
function quotient<T>(x: v128): v128 {
  return v128.add<T>(v128.mul<T>(x, all<T>(1.4426950408889634)), all<T>(rounder<T>()));
}

// e^r − 1 for r = x − n ln 2, |r| ≤ ln 2 / 2.
// @ts-ignore: decorator
@inline
function reducedExpm1<T>(x: v128, t: v128): v128 {
  const single = sizeof<T>() === 4;
  const n = v128.sub<T>(t, all<T>(rounder<T>()));
  const high = v128.sub<T>(
    x,
    v128.mul<T>(n, all<T>(single ? 6.9314575195e-1 : 6.93147180369123816490e-1)),
  );
  const low = v128.mul<T>(n, all<T>(single ? 1.4286067653e-6 : 1.90821492927058770002e-10));
  const r = v128.sub<T>(high, low);
  const z = v128.mul<T>(r, r);
  let p: v128;
  if (single) {
    p = v128.add<T>(all<T>(1.6666625440e-1), v128.mul<T>(z, all<T>(-2.7667332906e-3)));
  } else {
    p = v128.add<T>(
      all<T>(-1.65339022054652515390e-6),
      v128.mul<T>(z, all<T>(4.13813679705723846039e-8)),
    );
    p = v128.add<T>(all<T>(6.61375632143793436117e-5), v128.mul<T>(z, p));
    p = v128.add<T>(all<T>(-2.77777777770155933842e-3), v128.mul<T>(z, p));
    p = v128.add<T>(all<T>(1.66666666666666019037e-1), v128.mul<T>(z, p));
  }
  const c = v128.sub<T>(r, v128.mul<T>(z, p));
  const q = v128.div<T>(v128.mul<T>(r, c), v128.sub<T>(all<T>(2), c));
  return v128.add<T>(v128.sub<T>(q, low), high);
}

// y · 2^n in two steps, so that neither factor leaves the range of normal numbers.
// @ts-ignore: decorator
@inline
function scaled<T>(y: v128, t: v128): v128 {
  const i = subBits<T>(t, all<T>(rounder<T>()));
  const half = sizeof<T>() === 4 ? i32x4.shr_s(i, 1) : i64x2.shr_s(i, 1);
  const bias = all<T>(1);
  const first = addBits<T>(toExponent<T>(half), bias);
  const second = addBits<T>(toExponent<T>(subBits<T>(i, half)), bias);
  return v128.mul<T>(v128.mul<T>(y, first), second);
}

// The unusual cases of the functions below are worked out in place: with a call in the loop, the engine would
// keep no constant in a register, and the compiler makes such a call for every lane, needed or not.

// @ts-ignore: decorator
@inline
export function exp<T>(x: v128): v128 {
  const single = sizeof<T>() === 4;
  const limit: f64 = single ? 86 : 706;
  const t = quotient<T>(x);
  const y = v128.add<T>(all<T>(1), reducedExpm1<T>(x, t));
  if (everyLane<T>(v128.lt<T>(v128.mul<T>(x, x), all<T>(limit * limit))))
    return addBits<T>(y, toExponent<T>(t));
  // Overflow, underflow, subnormal results, infinities and NaN.
  const z = v128.andnot(scaled<T>(y, t), v128.lt<T>(x, all<T>(single ? -104 : -746)));
  return v128.bitselect(all<T>(Infinity), z, v128.gt<T>(x, all<T>(single ? 89 : 710)));
}

// e^x − 1 = 2^n (p + (1 − 2^−n)). With `halve`, half of that, which overflows later.
// @ts-ignore: decorator
@inline
export function expm1Scaled<T>(x: v128, halve: bool): v128 {
  const single = sizeof<T>() === 4;
  const y = v128.pmax<T>(v128.pmin<T>(x, all<T>(single ? 90 : 711)), all<T>(-40));
  let t = quotient<T>(y);
  const p = reducedExpm1<T>(y, t);
  const m = v128.pmin<T>(t, all<T>(rounder<T>() + 60));
  const shifted = v128.sub<T>(all<T>(1), subBits<T>(all<T>(1), toExponent<T>(m)));
  if (halve) t = v128.sub<T>(t, all<T>(1));
  return scaled<T>(v128.add<T>(p, shifted), t);
}

// @ts-ignore: decorator
@inline
export function expm1<T>(x: v128): v128 {
  return v128.or(expm1Scaled<T>(x, false), signOf<T>(x));
}

// What logReduced is told besides its argument:
// `extra` is a number of binary places by which u was moved up.
const SHIFTED = 0;
// `extra` is what rounding 1 + near to u lost; where u lies in [√½, √2) the reduced argument is `near` itself.
const EXACT = 1;

// log u, u normal and positive.
// @ts-ignore: decorator
@inline
function logReduced<T>(u: v128, kind: i32, near: v128, extra: v128): v128 {
  const single = sizeof<T>() === 4;
  // Bits of √½.
  const root = all<T>(single ? 0.70710677 : 0.7071067811865476);
  const offset = subBits<T>(all<T>(1), root);
  const moved = addBits<T>(u, offset);
  // 2^mantissa bits + biased exponent, as a number.
  const base: f64 = single ? 8388608 : 4503599627370496;
  const bias: f64 = single ? 127 : 1023;
  const exponent = single ? i32x4.shr_u(moved, 23) : i64x2.shr_u(moved, 52);
  let k = v128.sub<T>(v128.or(exponent, all<T>(base)), all<T>(base + bias));
  const mantissa = single ? i32x4.splat(0x7fffff) : i64x2.splat(0xfffffffffffff);
  let f = v128.sub<T>(addBits<T>(v128.and(moved, mantissa), root), all<T>(1));
  let c = extra;
  if (kind === EXACT) {
    const unscaled = v128.eq<T>(k, all<T>(0));
    f = v128.bitselect(near, f, unscaled);
    c = v128.andnot(v128.div<T>(c, u), unscaled);
  }
  if (kind === SHIFTED) k = v128.sub<T>(k, extra);
  const s = v128.div<T>(f, v128.add<T>(all<T>(2), f));
  const z = v128.mul<T>(s, s);
  let r: v128;
  if (single) {
    r = v128.add<T>(all<T>(0.28498786688), v128.mul<T>(z, all<T>(0.24279078841)));
    r = v128.add<T>(all<T>(0.40000972152), v128.mul<T>(z, r));
    r = v128.add<T>(all<T>(0.66666662693), v128.mul<T>(z, r));
  } else {
    r = v128.add<T>(
      all<T>(1.531383769920937332e-1),
      v128.mul<T>(z, all<T>(1.479819860511658591e-1)),
    );
    r = v128.add<T>(all<T>(1.818357216161805012e-1), v128.mul<T>(z, r));
    r = v128.add<T>(all<T>(2.222219843214978396e-1), v128.mul<T>(z, r));
    r = v128.add<T>(all<T>(2.857142874366239149e-1), v128.mul<T>(z, r));
    r = v128.add<T>(all<T>(3.999999999940941908e-1), v128.mul<T>(z, r));
    r = v128.add<T>(all<T>(6.666666666666735130e-1), v128.mul<T>(z, r));
  }
  const square = v128.mul<T>(v128.mul<T>(f, f), all<T>(0.5));
  const high = v128.mul<T>(k, all<T>(single ? 6.9313812256e-1 : 6.93147180369123816490e-1));
  let low = v128.mul<T>(k, all<T>(single ? 9.0580006145e-6 : 1.90821492927058770002e-10));
  if (kind === EXACT) low = v128.add<T>(low, c);
  let y = v128.mul<T>(s, v128.add<T>(square, v128.mul<T>(z, r)));
  y = v128.sub<T>(v128.add<T>(y, low), square);
  return v128.add<T>(v128.add<T>(y, f), high);
}

// @ts-ignore: decorator
@inline
function smallestNormal<T>(): f64 {
  return sizeof<T>() === 4 ? 1.1754943508222875e-38 : 2.2250738585072014e-308;
}

// @ts-ignore: decorator
@inline
export function log<T>(x: v128): v128 {
  const single = sizeof<T>() === 4;
  const normal = everyLane<T>(
    v128.and(
      v128.ge<T>(x, all<T>(smallestNormal<T>())),
      v128.lt<T>(x, all<T>(Infinity)),
    ),
  );
  let u = x;
  let shift = all<T>(0);
  if (!normal) {
    const small = v128.lt<T>(x, all<T>(smallestNormal<T>()));
    u = v128.bitselect(v128.mul<T>(x, all<T>(single ? 33554432 : 18014398509481984)), x, small);
    shift = v128.and(all<T>(single ? 25 : 54), small);
  }
  let y = logReduced<T>(u, SHIFTED, u, shift);
  if (!normal) {
    // NaN and +Infinity stay.
    y = v128.bitselect(y, x, v128.lt<T>(x, all<T>(Infinity)));
    y = v128.bitselect(all<T>(-Infinity), y, v128.eq<T>(x, all<T>(0)));
    y = v128.bitselect(all<T>(NaN), y, v128.lt<T>(x, all<T>(0)));
  }
  return y;
}

// log(1 + x) for x > −1, finite or NaN.
// @ts-ignore: decorator
@inline
function log1pFinite<T>(x: v128): v128 {
  const u = v128.add<T>(all<T>(1), x);
  // What rounding u lost.
  const back = v128.sub<T>(u, all<T>(1));
  const lost = v128.add<T>(
    v128.sub<T>(all<T>(1), v128.sub<T>(u, back)),
    v128.sub<T>(x, back),
  );
  return v128.or(logReduced<T>(u, EXACT, x, lost), signOf<T>(x));
}

// @ts-ignore: decorator
@inline
export function log1p<T>(x: v128): v128 {
  let y = log1pFinite<T>(x);
  const usual = v128.and(v128.gt<T>(x, all<T>(-1)), v128.lt<T>(x, all<T>(Infinity)));
  if (!everyLane<T>(usual)) {
    y = v128.bitselect(y, x, v128.lt<T>(x, all<T>(Infinity)));
    y = v128.bitselect(all<T>(-Infinity), y, v128.eq<T>(x, all<T>(-1)));
    y = v128.bitselect(all<T>(NaN), y, v128.lt<T>(x, all<T>(-1)));
  }
  return y;
}

// @ts-ignore: decorator
@inline
function negativeAbs<T>(x: v128): v128 {
  return v128.or(x, all<T>(-0.0));
}

/** 1 / (1 + e^−x), without overflow and with full relative precision on both sides. */
// @ts-ignore: decorator
@inline
export function sigmoid<T>(x: v128): v128 {
  const z = exp<T>(negativeAbs<T>(x));
  const top = v128.bitselect(z, all<T>(1), v128.lt<T>(x, all<T>(0)));
  return v128.div<T>(top, v128.add<T>(all<T>(1), z));
}

/** log(1 + e^x) = max(x, 0) + log1p(e^−|x|). */
// @ts-ignore: decorator
@inline
export function softplus<T>(x: v128): v128 {
  const y = log1pFinite<T>(exp<T>(negativeAbs<T>(x)));
  return v128.add<T>(y, v128.andnot(x, v128.lt<T>(x, all<T>(0))));
}

/** tanh x = −t / (t + 2) with t = expm1(−2|x|): no cancellation anywhere. */
// @ts-ignore: decorator
@inline
export function tanh<T>(x: v128): v128 {
  const y = v128.pmax<T>(v128.mul<T>(negativeAbs<T>(x), all<T>(2)), all<T>(-40));
  const q = quotient<T>(y);
  const p = reducedExpm1<T>(y, q);
  // 2^n is normal here, so one factor will do.
  const scale = addBits<T>(toExponent<T>(q), all<T>(1));
  const t = v128.add<T>(v128.mul<T>(p, scale), v128.sub<T>(scale, all<T>(1)));
  const a = v128.div<T>(t, v128.add<T>(t, all<T>(2)));
  return v128.or(v128.abs<T>(a), signOf<T>(x));
}

/** exp of one f64. */
export function exp1(x: f64): f64 {
  return f64x2.extract_lane(exp<f64>(f64x2.splat(x)), 0);
}

/** log of one f64. */
export function log1(x: f64): f64 {
  return f64x2.extract_lane(log<f64>(f64x2.splat(x)), 0);
}
