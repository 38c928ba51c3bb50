// Loops over blocks. Every block is a multiple of 64 bytes long, and may be the same as an operand's.

/** Names of vector operations, as types, so that each loop is compiled for one of them. */
export class Neg {}
export class Abs {}
export class Sign {}
export class Floor {}
export class Ceil {}
export class Round {}
export class Trunc {}
export class Sqrt {}
export class Reciprocal {}
export class IsFinite {}
export class Not {}
export class Copy {}
export class Add {}
export class Sub {}
export class Mul {}
export class Div {}
export class Max {}
export class Min {}
export class Eq {}
export class Ne {}
export class Lt {}
export class Le {}
export class And {}
export class Or {}
export class Xor {}
export class AndNot {}
export class MulAdd {}
export class MulSub {}
export class SubMul {}

// @ts-ignore: decorator
@inline
function apply1<Op, T>(x: v128): v128 {
  if (idof<Op>() === idof<Neg>()) return v128.neg<T>(x);
  if (idof<Op>() === idof<Abs>()) return v128.abs<T>(x);
  if (idof<Op>() === idof<Not>()) return v128.not(x);
  if (idof<Op>() === idof<Copy>()) return x;
  if (idof<Op>() === idof<Sign>()) {
    const zero = v128.splat<T>(<T>0);
    const unit = v128.splat<T>(<T>1);
    if (isInteger<T>()) {
      if (!isSigned<T>()) return v128.min<T>(x, unit);
      return v128.max<T>(v128.min<T>(x, unit), v128.splat<T>(<T>-1));
    }
    const positive = v128.and(v128.gt<T>(x, zero), unit);
    const negative = v128.and(v128.lt<T>(x, zero), unit);
    return v128.bitselect(v128.sub<T>(positive, negative), x, v128.eq<T>(x, x));
  }
  if (idof<Op>() === idof<Floor>()) return v128.floor<T>(x);
  if (idof<Op>() === idof<Ceil>()) return v128.ceil<T>(x);
  if (idof<Op>() === idof<Round>()) return v128.nearest<T>(x);
  if (idof<Op>() === idof<Trunc>()) return v128.trunc<T>(x);
  if (idof<Op>() === idof<Sqrt>()) return v128.sqrt<T>(x);
  if (idof<Op>() === idof<Reciprocal>()) return v128.div<T>(v128.splat<T>(<T>1), x);
  if (idof<Op>() === idof<IsFinite>())
    return v128.lt<T>(v128.abs<T>(x), v128.splat<T>(<T>Infinity));
  return unreachable();
}

// @ts-ignore: decorator
@inline
function apply2<Op, T>(x: v128, y: v128): v128 {
  if (idof<Op>() === idof<Add>()) return v128.add<T>(x, y);
  if (idof<Op>() === idof<Sub>()) return v128.sub<T>(x, y);
  if (idof<Op>() === idof<Mul>()) return v128.mul<T>(x, y);
  if (idof<Op>() === idof<Div>()) return v128.div<T>(x, y);
  if (idof<Op>() === idof<Max>()) {
    if (isInteger<T>()) return v128.max<T>(x, y);
    // pmax gives x if either is NaN; one instruction, where max is eight.
    return v128.bitselect(v128.pmax<T>(x, y), y, v128.eq<T>(y, y));
  }
  if (idof<Op>() === idof<Min>()) {
    if (isInteger<T>()) return v128.min<T>(x, y);
    return v128.bitselect(v128.pmin<T>(x, y), y, v128.eq<T>(y, y));
  }
  if (idof<Op>() === idof<Eq>()) return v128.eq<T>(x, y);
  if (idof<Op>() === idof<Ne>()) return v128.ne<T>(x, y);
  if (idof<Op>() === idof<Lt>()) return v128.lt<T>(x, y);
  if (idof<Op>() === idof<Le>()) return v128.le<T>(x, y);
  if (idof<Op>() === idof<And>()) return v128.and(x, y);
  if (idof<Op>() === idof<Or>()) return v128.or(x, y);
  if (idof<Op>() === idof<Xor>()) return v128.xor(x, y);
  if (idof<Op>() === idof<AndNot>()) return v128.andnot(x, y);
  return unreachable();
}

/** d = Op(a) over `n` bytes. */
export function unary<Op, T>(d: usize, a: usize, n: usize): void {
  const end = a + n;
  do {
    v128.store(d, apply1<Op, T>(v128.load(a)));
    v128.store(d, apply1<Op, T>(v128.load(a, 16)), 16);
    v128.store(d, apply1<Op, T>(v128.load(a, 32)), 32);
    v128.store(d, apply1<Op, T>(v128.load(a, 48)), 48);
    a += 64;
    d += 64;
  } while (a < end);
}

/** d = Op(a, b) over `n` bytes. */
export function binary<Op, T>(d: usize, a: usize, b: usize, n: usize): void {
  const end = a + n;
  do {
    v128.store(d, apply2<Op, T>(v128.load(a), v128.load(b)));
    v128.store(d, apply2<Op, T>(v128.load(a, 16), v128.load(b, 16)), 16);
    v128.store(d, apply2<Op, T>(v128.load(a, 32), v128.load(b, 32)), 32);
    v128.store(d, apply2<Op, T>(v128.load(a, 48), v128.load(b, 48)), 48);
    a += 64;
    b += 64;
    d += 64;
  } while (a < end);
}

// Two operations that need no block between them; rounded twice, as they would be one after the other.
// @ts-ignore: decorator
@inline
function apply3<Op, T>(x: v128, y: v128, z: v128): v128 {
  if (idof<Op>() === idof<MulAdd>()) return v128.add<T>(v128.mul<T>(x, y), z);
  if (idof<Op>() === idof<MulSub>()) return v128.sub<T>(v128.mul<T>(x, y), z);
  return v128.sub<T>(z, v128.mul<T>(x, y));
}

/** d = Op(a, b, c) over `n` bytes. */
export function ternary<Op, T>(d: usize, a: usize, b: usize, c: usize, n: usize): void {
  const end = a + n;
  do {
    v128.store(d, apply3<Op, T>(v128.load(a), v128.load(b), v128.load(c)));
    v128.store(d, apply3<Op, T>(v128.load(a, 16), v128.load(b, 16), v128.load(c, 16)), 16);
    v128.store(d, apply3<Op, T>(v128.load(a, 32), v128.load(b, 32), v128.load(c, 32)), 32);
    v128.store(d, apply3<Op, T>(v128.load(a, 48), v128.load(b, 48), v128.load(c, 48)), 48);
    a += 64;
    b += 64;
    c += 64;
    d += 64;
  } while (a < end);
}

/** d = a ∧ the same 16 bytes, over `n` bytes. */
export function masked(d: usize, a: usize, n: usize, mask: v128): void {
  const end = a + n;
  do {
    v128.store(d, v128.and(v128.load(a), mask));
    a += 16;
    d += 16;
  } while (a < end);
}

/** The same 16 bytes over `n` bytes. */
export function fill(d: usize, n: usize, value: v128): void {
  const end = d + n;
  do {
    v128.store(d, value);
    d += 16;
  } while (d < end);
}
