// Inverse trigonometric functions of two f64 lanes, all from the angle of a point.
// The point is turned until its slope lies in [0, tan π/8], where a quotient of polynomials serves: coefficients
// from tooling/scripts/minimax.py.
import { all, signOf, step } from "./math-lanes";

/** Angle of the point (x, y), as C's atan2: every quadrant, signed zeros and infinities. */
// @ts-ignore: decorator
@inline
export function atan2(y: v128, x: v128): v128 {
  const ay = f64x2.abs(y);
  const ax = f64x2.abs(x);
  // Sums of the two must not overflow.
  const factor = v128.bitselect(
    all<f64>(0.25),
    all<f64>(1),
    f64x2.gt(f64x2.pmax(ax, ay), all<f64>(1e300)),
  );
  const small = f64x2.mul(f64x2.pmin(ax, ay), factor);
  const large = f64x2.mul(f64x2.pmax(ax, ay), factor);
  const steep = f64x2.gt(ay, ax);
  // atan(s / l) = π/4 + atan((s − l) / (s + l)) beyond tan π/8, and for two infinities.
  const far = f64x2.gt(
    small,
    f64x2.pmin(f64x2.mul(large, all<f64>(0.41421356237309503)), all<f64>(1e308)),
  );
  const difference = v128.andnot(f64x2.sub(small, large), f64x2.eq(small, large));
  const top = v128.bitselect(difference, small, far);
  const bottom = v128.bitselect(f64x2.add(small, large), large, far);
  // 0 / 0 at the origin.
  const t = f64x2.div(top, v128.bitselect(all<f64>(1), bottom, f64x2.eq(bottom, all<f64>(0))));
  const z = f64x2.mul(t, t);
  // atan t = t + t z P(z) / Q(z), degrees 3 and 4, error 2^−58.1.
  let p = step<f64>(all<f64>(-0.0189018032858328), z, -0.1986556533979963);
  p = step<f64>(p, z, -0.49104483158909684);
  p = step<f64>(p, z, -0.33333333333333137);
  let q = step<f64>(all<f64>(0.022475901860588662), z, 0.3483182654986594);
  q = step<f64>(q, z, 1.4112762285645972);
  q = step<f64>(q, z, 2.0731344947661037);
  q = step<f64>(q, z, 1);
  let a = f64x2.mul(f64x2.mul(t, z), f64x2.div(p, q));
  a = f64x2.add(a, v128.and(far, all<f64>(3.061616997868383e-17)));
  a = f64x2.add(v128.and(far, all<f64>(0.7853981633974483)), f64x2.add(a, t));
  const complement = f64x2.add(
    f64x2.sub(all<f64>(1.5707963267948966), a),
    all<f64>(6.123233995736766e-17),
  );
  a = v128.bitselect(complement, a, steep);
  const behind = i64x2.shr_s(x, 63);
  const opposite = f64x2.add(
    f64x2.sub(all<f64>(3.141592653589793), a),
    all<f64>(1.2246467991473532e-16),
  );
  a = v128.bitselect(opposite, a, behind);
  const ordered = v128.and(f64x2.eq(x, x), f64x2.eq(y, y));
  return v128.bitselect(v128.or(a, signOf<f64>(y)), f64x2.add(x, y), ordered);
}

// √(1 − x²) without cancellation.
// @ts-ignore: decorator
@inline
function cofactor(x: v128): v128 {
  return f64x2.sqrt(f64x2.mul(f64x2.sub(all<f64>(1), x), f64x2.add(all<f64>(1), x)));
}

/** asin of two f64; NaN outside [−1, 1]. */
// @ts-ignore: decorator
@inline
export function asin(x: v128): v128 {
  return atan2(x, cofactor(x));
}

/** acos of two f64; NaN outside [−1, 1]. */
// @ts-ignore: decorator
@inline
export function acos(x: v128): v128 {
  return atan2(cofactor(x), x);
}

/** atan of two f64. */
// @ts-ignore: decorator
@inline
export function atan(x: v128): v128 {
  return atan2(x, all<f64>(1));
}
