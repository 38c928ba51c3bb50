// exp and what follows from it, for f32 and f64 lanes from one source.
// x = n ln 2 + r with ln 2 in two parts, then a quotient in r; coefficients from tooling/scripts/minimax.py.
import {
  addBits,
  all,
  everyLane,
  ln2High,
  ln2Low,
  rounder,
  signOf,
  step,
  subBits,
  toExponent,
} from "./math-lanes";

// x / ln 2 plus the rounder: the low bits hold the nearest integer n.
// @ts-ignore: decorator
@inline
function quotient<T>(x: v128): v128 {
  return v128.add<T>(v128.mul<T>(x, all<T>(1.4426950408889634)), all<T>(rounder<T>()));
}

// e^r − 1 − r for |r| ≤ ln 2 / 2.
//
// r coth(r / 2) = 2 + z P(z), z = r²: degree 1, error 2^−28.5 for f32; degree 4, error 2^−59.8 for f64. So
// e^r − 1 = 2r / (r coth(r / 2) − r) = r + r c / (2 − c) with c = r − z P(z).
// @ts-ignore: decorator
@inline
function curvature<T>(r: v128): v128 {
  const z = v128.mul<T>(r, r);
  let p: v128;
  if (sizeof<T>() === 4) {
    p = step<T>(all<T>(-0.0027665538), z, 0.16666624);
  } else {
    p = step<T>(all<T>(4.1379500785138314e-8), z, -1.6533896645052597e-6);
    p = step<T>(p, z, 6.613756315700925e-5);
    p = step<T>(p, z, -0.0027777777776992066);
    p = step<T>(p, z, 0.166666666666666);
  }
  const c = v128.sub<T>(r, v128.mul<T>(z, p));
  return v128.div<T>(v128.mul<T>(r, c), v128.sub<T>(all<T>(2), c));
}

// e^r − 1 for r = x − n ln 2.
// @ts-ignore: decorator
@inline
function reducedExpm1<T>(x: v128, t: v128): v128 {
  const n = v128.sub<T>(t, all<T>(rounder<T>()));
  const high = v128.sub<T>(x, v128.mul<T>(n, all<T>(ln2High<T>())));
  const low = v128.mul<T>(n, all<T>(ln2Low<T>()));
  const p = curvature<T>(v128.sub<T>(high, low));
  // What r lost to rounding comes back here: high is exact.
  return v128.add<T>(high, v128.sub<T>(p, low));
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

/** −|x|. */
// @ts-ignore: decorator
@inline
export function negativeAbs<T>(x: v128): v128 {
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

/** e^(high + low) of two f64, `low` being far below `high`, as if the sum were not rounded; |high| ≤ 1400. */
// @ts-ignore: decorator
@inline
export function expOfSum(high: v128, low: v128): v128 {
  const t = quotient<f64>(high);
  const n = f64x2.sub(t, all<f64>(rounder<f64>()));
  const a = f64x2.sub(high, f64x2.mul(n, all<f64>(ln2High<f64>())));
  const b = f64x2.sub(low, f64x2.mul(n, all<f64>(ln2Low<f64>())));
  const p = f64x2.add(b, curvature<f64>(f64x2.add(a, b)));
  const y = f64x2.add(all<f64>(1), a);
  const lost = f64x2.sub(a, f64x2.sub(y, all<f64>(1)));
  return scaled<f64>(f64x2.add(y, f64x2.add(lost, p)), t);
}

/** The same of one f64, for any `high`. */
export function expOfSum1(high: f64, low: f64): f64 {
  if (high < -746) return 0;
  if (high > 710) return Infinity;
  return f64x2.extract_lane(expOfSum(f64x2.splat(high), f64x2.splat(low)), 0);
}
