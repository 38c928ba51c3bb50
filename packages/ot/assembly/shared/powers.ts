// Powers of two and binary logarithms of f64 lanes, made for sums of exponentials: fast, and good to 10⁻¹².

// @ts-ignore: decorator
@inline
function step(p: v128, r: v128, c: f64): v128 {
  return f64x2.add(f64x2.mul(p, r), f64x2.splat(c));
}

/**
 * 2^z for z ≤ 1022; at most 2^−1000 below that.
 *
 * With z = n + r, |r| ≤ ½, the polynomial is 2^{r/4} of degree 6 through the Chebyshev nodes: after two squarings its
 * error is 10⁻¹², for less work than a longer polynomial.
 */
// @ts-ignore: decorator
@inline
export function exp2(exponent: v128): v128 {
  const rounder = f64x2.splat(6755399441055744);
  const z = f64x2.pmax(exponent, f64x2.splat(-1000));
  const t = f64x2.add(z, rounder);
  const r = f64x2.sub(z, f64x2.sub(t, rounder));
  let p = step(f64x2.splat(3.76138380463093e-8), r, 1.3024544360612442e-6);
  p = step(p, r, 3.757081611765436e-5);
  p = step(p, r, 0.0008672516651540916);
  p = step(p, r, 0.015014156684953641);
  p = step(p, r, 0.17328679514044096);
  p = step(p, r, 1);
  const q = f64x2.mul(p, p);
  return i64x2.add(f64x2.mul(q, q), i64x2.shl(t, 52));
}

/** log₂ z of normal z > 0: k + log₂(1 + f), with log(1 + f) = 2 artanh(f / (2 + f)), 1 + f in [√½, √2). */
// @ts-ignore: decorator
@inline
export function log2(z: v128): v128 {
  const root = f64x2.splat(0.7071067811865476);
  const moved = i64x2.add(z, i64x2.sub(f64x2.splat(1), root));
  const exponent = i64x2.shr_u(moved, 52);
  const k = f64x2.sub(
    v128.or(exponent, f64x2.splat(4503599627370496)),
    f64x2.splat(4503599627370496 + 1023),
  );
  const mantissa = v128.and(moved, i64x2.splat(0xfffffffffffff));
  const f = f64x2.sub(i64x2.add(mantissa, root), f64x2.splat(1));
  const s = f64x2.div(f, f64x2.add(f64x2.splat(2), f));
  const w = f64x2.mul(s, s);
  // 2 artanh(s) / (s ln 2): its Taylor series, of which |s| ≤ 0.172 needs ten terms.
  let p = f64x2.splat(2.885390081777927 / 19);
  p = step(p, w, 2.885390081777927 / 17);
  p = step(p, w, 2.885390081777927 / 15);
  p = step(p, w, 2.885390081777927 / 13);
  p = step(p, w, 2.885390081777927 / 11);
  p = step(p, w, 2.885390081777927 / 9);
  p = step(p, w, 2.885390081777927 / 7);
  p = step(p, w, 2.885390081777927 / 5);
  p = step(p, w, 2.885390081777927 / 3);
  p = step(p, w, 2.885390081777927);
  return f64x2.add(f64x2.mul(s, p), k);
}

/** log₂ of one positive number. */
// @ts-ignore: decorator
@inline
export function log2Of(z: f64): f64 {
  return f64x2.extract_lane(log2(f64x2.splat(z)), 0);
}

/** z^p of one positive number, between 2^−1000 and 2^1000. */
// @ts-ignore: decorator
@inline
export function powOf(z: f64, p: f64): f64 {
  return f64x2.extract_lane(exp2(f64x2.splat(p * log2Of(z))), 0);
}
