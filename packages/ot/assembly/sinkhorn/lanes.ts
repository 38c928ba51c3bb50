// e^r for |r| ≤ ln 2 / 2 as 1 + r + r² (½ + r Q(r)): Taylor's series to r¹³/13!, the rest of which is below 2^−57 of it.
// @ts-ignore: decorator
@inline
function expReduced(r: v128): v128 {
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  const low = pair(r, 0.5, 0.16666666666666666);
  const next = pair(r, 0.041666666666666664, 0.008333333333333333);
  const third = pair(r, 0.001388888888888889, 1.984126984126984e-4);
  const fourth = pair(r, 2.48015873015873e-5, 2.7557319223985893e-6);
  const fifth = pair(r, 2.755731922398589e-7, 2.505210838544172e-8);
  const last = pair(r, 2.08767569878681e-9, 1.6059043836821613e-10);
  const a = f64x2.add(low, f64x2.mul(r2, next));
  const b = f64x2.add(third, f64x2.mul(r2, fourth));
  const c = f64x2.add(fifth, f64x2.mul(r2, last));
  const q = f64x2.add(a, f64x2.mul(r4, f64x2.add(b, f64x2.mul(r4, c))));
  return f64x2.add(f64x2.splat(1), f64x2.add(r, f64x2.mul(r2, q)));
}

// @ts-ignore: decorator
@inline
function pair(r: v128, c0: f64, c1: f64): v128 {
  return f64x2.add(f64x2.splat(c0), f64x2.mul(r, f64x2.splat(c1)));
}

/** e^z in two lanes, 0 below `cutoff`, which is at least −745; z is taken to lie within ±705. */
// @ts-ignore: decorator
@inline
export function expCut(z: v128, cutoff: v128): v128 {
  const x = f64x2.pmin(f64x2.pmax(z, f64x2.splat(-705)), f64x2.splat(705));
  // Adding 1.5 · 2^52 rounds to an integer, which then stands in the low bits.
  const t = f64x2.add(f64x2.mul(x, f64x2.splat(1.4426950408889634)), f64x2.splat(6755399441055744));
  const n = f64x2.sub(t, f64x2.splat(6755399441055744));
  const r = f64x2.sub(
    f64x2.sub(x, f64x2.mul(n, f64x2.splat(0.693147180559663))),
    f64x2.mul(n, f64x2.splat(2.8235290563031577e-13)),
  );
  const y = i64x2.add(expReduced(r), i64x2.shl(t, 52));
  return v128.and(y, f64x2.gt(z, cutoff));
}

/** Sum of the two lanes. */
// @ts-ignore: decorator
@inline
export function sum2(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** y += c x over doubles; `length` is a multiple of 4. */
// @ts-ignore: decorator
@inline
export function addScaled(y: usize, x: usize, c: f64, length: i32): void {
  const f = f64x2.splat(c);
  const end = x + (<usize>length << 3);
  for (; x < end; x += 32, y += 32) {
    v128.store(y, f64x2.add(v128.load(y), f64x2.mul(f, v128.load(x))));
    v128.store(y, f64x2.add(v128.load(y, 16), f64x2.mul(f, v128.load(x, 16))), 16);
  }
}

/** x·y over doubles; `length` is a multiple of 4. */
// @ts-ignore: decorator
@inline
export function dot(x: usize, y: usize, length: i32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  const end = x + (<usize>length << 3);
  for (; x < end; x += 32, y += 32) {
    s0 = f64x2.add(s0, f64x2.mul(v128.load(x), v128.load(y)));
    s1 = f64x2.add(s1, f64x2.mul(v128.load(x, 16), v128.load(y, 16)));
  }
  return sum2(f64x2.add(s0, s1));
}
