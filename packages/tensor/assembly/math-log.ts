// log and what follows from it, for f32 and f64 lanes from one source.
// x = 2^k (1 + f), log(1 + f) = 2 artanh s with s = f / (2 + f); coefficients from tooling/scripts/minimax.py.
import { exp, negativeAbs } from "./math-exp";
import {
  addBits,
  all,
  everyLane,
  ln2High,
  ln2Low,
  signOf,
  step,
  subBits,
} from "./math-lanes";

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
  // 2 artanh s = 2s + s z P(z): degree 3, error 2^−35.2 for f32; degree 6, error 2^−59.5 for f64.
  const z = v128.mul<T>(s, s);
  let p: v128;
  if (single) {
    p = step<T>(all<T>(0.24286239), z, 0.28498486);
    p = step<T>(p, z, 0.40000975);
    p = step<T>(p, z, 0.6666666);
  } else {
    p = step<T>(all<T>(0.14795363195008993), z, 0.15314110972916156);
    p = step<T>(p, z, 0.18183561883249116);
    p = step<T>(p, z, 0.22222198622043146);
    p = step<T>(p, z, 0.28571428741889027);
    p = step<T>(p, z, 0.3999999999941706);
    p = step<T>(p, z, 0.6666666666666734);
  }
  // 2s = f − s f and s f = h − s h with h = f² / 2: so the sum begins with f, which is exact.
  const h = v128.mul<T>(v128.mul<T>(f, f), all<T>(0.5));
  let low = v128.mul<T>(k, all<T>(ln2Low<T>()));
  if (kind === EXACT) low = v128.add<T>(low, c);
  const y = v128.sub<T>(
    v128.add<T>(v128.mul<T>(s, v128.add<T>(h, v128.mul<T>(z, p))), low),
    h,
  );
  return v128.add<T>(v128.add<T>(y, f), v128.mul<T>(k, all<T>(ln2High<T>())));
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

/** log(1 + e^x) = max(x, 0) + log1p(e^−|x|). */
// @ts-ignore: decorator
@inline
export function softplus<T>(x: v128): v128 {
  const y = log1pFinite<T>(exp<T>(negativeAbs<T>(x)));
  return v128.add<T>(y, v128.andnot(x, v128.lt<T>(x, all<T>(0))));
}

/** log of one f64. */
export function log1(x: f64): f64 {
  return f64x2.extract_lane(log<f64>(f64x2.splat(x)), 0);
}
