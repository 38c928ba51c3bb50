// Vector helpers that read the same for four f32 lanes and two f64 lanes.

/** The same constant in every lane. */
// @ts-ignore: decorator
@inline
export function all<T>(x: f64): v128 {
  return v128.splat<T>(<T>x);
}

/** Integer lanes of T's width: a + b. */
// @ts-ignore: decorator
@inline
export function addBits<T>(a: v128, b: v128): v128 {
  return sizeof<T>() === 4 ? i32x4.add(a, b) : i64x2.add(a, b);
}

/** Integer lanes of T's width: a − b. */
// @ts-ignore: decorator
@inline
export function subBits<T>(a: v128, b: v128): v128 {
  return sizeof<T>() === 4 ? i32x4.sub(a, b) : i64x2.sub(a, b);
}

/** Moves the low bits of every lane into the exponent field. */
// @ts-ignore: decorator
@inline
export function toExponent<T>(a: v128): v128 {
  return sizeof<T>() === 4 ? i32x4.shl(a, 23) : i64x2.shl(a, 52);
}

/** True if the comparison `mask` holds in every lane. */
// @ts-ignore: decorator
@inline
export function everyLane<T>(mask: v128): bool {
  return sizeof<T>() === 4 ? i32x4.bitmask(mask) === 15 : i64x2.bitmask(mask) === 3;
}

/** The sign bit of every lane. */
// @ts-ignore: decorator
@inline
export function signOf<T>(x: v128): v128 {
  return v128.and(x, all<T>(-0.0));
}

/** 1.5 · 2^mantissa bits: adding it rounds to an integer, which then stands in the low bits. */
// @ts-ignore: decorator
@inline
export function rounder<T>(): f64 {
  return sizeof<T>() === 4 ? 12582912 : 6755399441055744;
}

/** One step of Horner's scheme: c + z p. */
// @ts-ignore: decorator
@inline
export function step<T>(p: v128, z: v128, c: f64): v128 {
  return v128.add<T>(v128.mul<T>(z, p), all<T>(c));
}

/** The leading bits of ln 2, so few that its product with any exponent is exact. */
// @ts-ignore: decorator
@inline
export function ln2High<T>(): f64 {
  return sizeof<T>() === 4 ? 0.69314575 : 0.693147180559663;
}

/** ln 2 less its leading bits. */
// @ts-ignore: decorator
@inline
export function ln2Low<T>(): f64 {
  return sizeof<T>() === 4 ? 1.4286068e-6 : 2.8235290563031577e-13;
}

/** The leading 26 bits of two f64: products of two such numbers are exact. */
// @ts-ignore: decorator
@inline
export function heads(x: v128): v128 {
  return v128.and(x, i64x2.splat(0xfffffffff8000000));
}

/** The leading 26 bits of one f64. */
// @ts-ignore: decorator
@inline
export function head(x: f64): f64 {
  return reinterpret<f64>(reinterpret<u64>(x) & 0xfffffffff8000000);
}
