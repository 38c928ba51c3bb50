// Conversions between lanes, and between lanes and the elements in memory.
// `n` counts the bytes of the lanes; elements in memory may be narrower or wider.

class ToI32 {}
class ToU32 {}
class ToU8 {}
class FromI32 {}
class FromU32 {}

// @ts-ignore: decorator
@inline
function apply<Op>(x: v128): v128 {
  if (idof<Op>() === idof<ToI32>()) return i32x4.trunc_sat_f32x4_s(x);
  if (idof<Op>() === idof<ToU32>()) return i32x4.trunc_sat_f32x4_u(x);
  if (idof<Op>() === idof<ToU8>())
    return i32x4.min_u(i32x4.trunc_sat_f32x4_u(x), i32x4.splat(255));
  if (idof<Op>() === idof<FromI32>()) return f32x4.convert_i32x4_s(x);
  return f32x4.convert_i32x4_u(x);
}

function convert<Op>(d: usize, a: usize, n: usize): void {
  const end = d + n;
  do {
    v128.store(d, apply<Op>(v128.load(a)));
    a += 16;
    d += 16;
  } while (d < end);
}

function loadBytes(d: usize, a: usize, n: usize, mask: bool): void {
  const end = d + n;
  const zero = i32x4.splat(0);
  do {
    let x = v128.load32_zero(a);
    x = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(x));
    v128.store(d, mask ? i32x4.ne(x, zero) : x);
    a += 4;
    d += 16;
  } while (d < end);
}

function storeBytes(d: usize, a: usize, n: usize, mask: v128): void {
  const end = a + n;
  do {
    // Only the low byte of each lane is wanted.
    const low = i32x4.splat(255);
    const p = i16x8.narrow_i32x4_u(v128.and(v128.load(a), low), v128.and(v128.load(a, 16), low));
    const q = i16x8.narrow_i32x4_u(v128.and(v128.load(a, 32), low), v128.and(v128.load(a, 48), low));
    v128.store(d, v128.and(i8x16.narrow_i16x8_u(p, q), mask));
    a += 64;
    d += 16;
  } while (a < end);
}

// Lanes From become lanes To, by way of saturating truncation where an integer is made of a number.
function each<From, To>(d: usize, a: usize, n: usize): void {
  for (; n !== 0; n -= 8) {
    store<To>(d, <To>load<From>(a));
    a += sizeof<From>();
    d += sizeof<To>();
  }
}

class Byte {}
class Whole32 {}
class Signed32 {}
class Unsigned32 {}
class Single {}
class Modulo8 {}
class Reinterpret {}

// @ts-ignore: decorator
@inline
function applyDouble<Op>(x: f64): f64 {
  if (idof<Op>() === idof<Signed32>()) return <f64>(<i32>x);
  if (idof<Op>() === idof<Unsigned32>()) return <f64>(<u32>x);
  if (idof<Op>() === idof<Byte>()) return <f64>min<u32>(<u32>x, 255);
  if (idof<Op>() === idof<Modulo8>()) return <f64>(<i32>(<i64>x) & 255);
  if (idof<Op>() === idof<Whole32>()) return <f64>(<u32>(<i64>x));
  if (idof<Op>() === idof<Reinterpret>()) return <f64>(<i32>(<i64>x));
  return <f64>(<f32>x);
}

function convertDouble<Op>(d: usize, a: usize, n: usize): void {
  const end = d + n;
  do {
    store<f64>(d, applyDouble<Op>(load<f64>(a)));
    a += 8;
    d += 8;
  } while (d < end);
}

function loadMask(d: usize, a: usize, n: usize): void {
  for (; n !== 0; n -= 8) {
    store<i64>(d, -<i64>(load<u8>(a) !== 0));
    a++;
    d += 8;
  }
}

function storeMask(d: usize, a: usize, n: usize): void {
  for (; n !== 0; n -= 8) {
    store<u8>(d, load<u8>(a) & 1);
    a += 8;
    d++;
  }
}

function widen(d: usize, a: usize, n: usize): void {
  const end = a + n;
  do {
    v128.store(d, f64x2.promote_low_f32x4(v128.load64_zero(a)));
    v128.store(d, f64x2.promote_low_f32x4(v128.load64_zero(a, 8)), 16);
    a += 16;
    d += 32;
  } while (a < end);
}

function narrow(d: usize, a: usize, n: usize): void {
  const end = d + n;
  do {
    const low = f32x4.demote_f64x2_zero(v128.load(a));
    const high = f32x4.demote_f64x2_zero(v128.load(a, 16));
    v128.store(d, v128.shuffle<i64>(low, high, 0, 2));
    a += 32;
    d += 16;
  } while (d < end);
}

/** Group 7. */
export function conversion(op: i32, d: usize, a: usize, n: usize): void {
  switch (op) {
    case 0:
      convert<ToI32>(d, a, n);
      break;
    case 1:
      convert<ToU32>(d, a, n);
      break;
    case 2:
      convert<ToU8>(d, a, n);
      break;
    case 3:
      convert<FromI32>(d, a, n);
      break;
    case 4:
      convert<FromU32>(d, a, n);
      break;
    // Memory to 4-byte lanes, and back.
    case 5:
      loadBytes(d, a, n, false);
      break;
    case 6:
      loadBytes(d, a, n, true);
      break;
    case 7:
      narrow(d, a, n);
      break;
    case 8:
      storeBytes(d, a, n, i8x16.splat(-1));
      break;
    case 9:
      storeBytes(d, a, n, i8x16.splat(1));
      break;
    case 10:
      widen(d, a, n);
      break;
    // Between the numbers that f64 lanes hold.
    case 11:
      convertDouble<Signed32>(d, a, n);
      break;
    case 12:
      convertDouble<Unsigned32>(d, a, n);
      break;
    case 13:
      convertDouble<Byte>(d, a, n);
      break;
    case 14:
      convertDouble<Single>(d, a, n);
      break;
    case 15:
      convertDouble<Modulo8>(d, a, n);
      break;
    case 16:
      convertDouble<Whole32>(d, a, n);
      break;
    case 17:
      convertDouble<Reinterpret>(d, a, n);
      break;
    // Memory to 8-byte lanes, and back.
    case 18:
      widen(d, a, n >> 1);
      break;
    case 19:
      each<i32, f64>(d, a, n);
      break;
    case 20:
      each<u32, f64>(d, a, n);
      break;
    case 21:
      each<u8, f64>(d, a, n);
      break;
    case 22:
      loadMask(d, a, n);
      break;
    case 23:
      narrow(d, a, n >> 1);
      break;
    case 24:
      each<f64, i32>(d, a, n);
      break;
    case 25:
      each<f64, u32>(d, a, n);
      break;
    case 26:
      each<f64, u8>(d, a, n);
      break;
    case 27:
      storeMask(d, a, n);
      break;
  }
}
