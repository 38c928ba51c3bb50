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
