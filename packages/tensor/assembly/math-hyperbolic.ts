// Hyperbolic functions and their inverses from exp and log; tanh has its own in math-exp.ts.
import { expm1Scaled } from "./math-exp";
import { all, signOf } from "./math-lanes";
import { log1p } from "./math-log";

/** sinh from h = expm1(|x|) / 2: h + h / (2h + 1). */
// @ts-ignore: decorator
@inline
export function sinh<T>(x: v128): v128 {
  const h = expm1Scaled<T>(v128.abs<T>(x), true);
  const y = v128.add<T>(h, v128.div<T>(h, v128.add<T>(v128.add<T>(h, h), all<T>(1))));
  // ∞ / ∞ would be NaN.
  return v128.or(v128.bitselect(h, y, v128.eq<T>(h, all<T>(Infinity))), signOf<T>(x));
}

/** cosh from h = (expm1(|x|) + 1) / 2: h + 1 / (4h). */
// @ts-ignore: decorator
@inline
export function cosh<T>(x: v128): v128 {
  const h = v128.add<T>(expm1Scaled<T>(v128.abs<T>(x), true), all<T>(0.5));
  return v128.add<T>(h, v128.div<T>(all<T>(0.25), h));
}

/** asinh x = log1p(|x| + x² / (1 + √(x² + 1))), and log |x| + ln 2 where x² loses the 1. */
// @ts-ignore: decorator
@inline
export function asinh<T>(x: v128): v128 {
  const a = v128.abs<T>(x);
  const square = v128.mul<T>(x, x);
  const root = v128.sqrt<T>(v128.add<T>(square, all<T>(1)));
  const t = v128.add<T>(a, v128.div<T>(square, v128.add<T>(root, all<T>(1))));
  return v128.or(largeLog<T>(a, t), signOf<T>(x));
}

/** acosh x = log1p(t + √(2t + t²)), t = x − 1; NaN below 1. */
// @ts-ignore: decorator
@inline
export function acosh<T>(x: v128): v128 {
  const t = v128.sub<T>(x, all<T>(1));
  const root = v128.sqrt<T>(v128.add<T>(v128.add<T>(t, t), v128.mul<T>(t, t)));
  const y = largeLog<T>(x, v128.add<T>(t, root));
  return v128.bitselect(all<T>(NaN), y, v128.lt<T>(x, all<T>(1)));
}

// log1p(t), or log a + ln 2 from 2^27 on, where a² is so large that the 1 beside it is lost.
// @ts-ignore: decorator
@inline
function largeLog<T>(a: v128, t: v128): v128 {
  const large = v128.gt<T>(a, all<T>(134217728));
  const y = log1p<T>(v128.bitselect(v128.sub<T>(a, all<T>(1)), t, large));
  return v128.add<T>(y, v128.and(all<T>(0.6931471805599453), large));
}

/** atanh x = log1p(2|x| / (1 − |x|)) / 2. */
// @ts-ignore: decorator
@inline
export function atanh<T>(x: v128): v128 {
  const a = v128.abs<T>(x);
  const t = v128.div<T>(v128.add<T>(a, a), v128.sub<T>(all<T>(1), a));
  return v128.or(v128.mul<T>(log1p<T>(t), all<T>(0.5)), signOf<T>(x));
}
