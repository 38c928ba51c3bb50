// sin, cos and tan of two f64 lanes.
// y = x − n π/2 with π/2 in four parts, for large x after Payne & Hanek; then polynomials in y².
// Coefficients, parts and places of 2/π from tooling/scripts/minimax.py.
import { all, everyLane, rounder, step } from "./math-lanes";

// The i-th 64 binary places of 2/π.
function twoOverPi(i: i32): u64 {
  switch (i) {
    case 0:
      return 0xa2f9836e4e441529;
    case 1:
      return 0xfc2757d1f534ddc0;
    case 2:
      return 0xdb6295993c439041;
    case 3:
      return 0xfe5163abdebbc561;
    case 4:
      return 0xb7246e3a424dd2e0;
    case 5:
      return 0x06492eea09d1921c;
    case 6:
      return 0xfe1deb1cb129a73e;
    case 7:
      return 0xe88235f52ebb4484;
    case 8:
      return 0xe99c7026b45f7e41;
    case 9:
      return 0x3991d639835339f4;
    case 10:
      return 0x9c845f8bbdf9283b;
    case 11:
      return 0x1ff897ffde05980f;
    case 12:
      return 0xef2f118b5a0a6d1f;
    case 13:
      return 0x6d367ecf27cb09b7;
    case 14:
      return 0x4f463f669e5fea2d;
    case 15:
      return 0x7527bac7ebe5f17b;
    case 16:
      return 0x3d0739f78a5292ea;
    case 17:
      return 0x6bfb5fb11f8d5d08;
    case 18:
      return 0x56033046fc7b6bab;
    default:
      return 0;
  }
}

function highProduct(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  return a1 * b1 + (middle >> 32) + ((a0 * b1 + (middle & 0xffffffff)) >> 32);
}

let remainder: f64 = 0;
let remainderExcess: f64 = 0;

// Payne & Hanek: the quadrant of x, and the remainder in radians in `remainder`, by how much it is too large in
// `remainderExcess`.
// x = m 2^e; of 2/π only the places count that lie from 2^(1−e) downwards, since 4 quadrants are a turn.
function reduceLarge(x: f64): i64 {
  const bits = reinterpret<u64>(x);
  const exponent = <i32>((bits >> 52) & 2047);
  if (exponent === 2047) {
    remainder = NaN;
    remainderExcess = NaN;
    return 0;
  }
  const m: u64 = (bits & 0xfffffffffffff) | 0x10000000000000;
  // One word of zeros stands before the point.
  const place = exponent - 1075 - 2 + 64;
  const word = (place >> 6) - 1;
  const shift = <u64>(place & 63);
  let p2 = twoOverPi(word);
  let p1 = twoOverPi(word + 1);
  let p0 = twoOverPi(word + 2);
  // In two steps, since 64 places are none. No branches from here on: they would fall either way at random.
  p2 = (p2 << shift) | ((p1 >> 1) >> (63 - shift));
  p1 = (p1 << shift) | ((p0 >> 1) >> (63 - shift));
  p0 = (p0 << shift) | ((twoOverPi(word + 3) >> 1) >> (63 - shift));
  const low = m * p1;
  const r1 = low + highProduct(m, p0);
  const r2 = m * p2 + highProduct(m, p1) + <u64>(r1 < low);
  // The fraction as a signed 128-bit number, in [−½, ½): sign and absolute value.
  const fraction = (r2 << 2) | (r1 >> 62);
  const negative = <i64>fraction >> 63;
  const quadrant = <i64>(r2 >> 62) - negative;
  let high = fraction ^ negative;
  // No f64 is so near to a multiple of π/2 that all 64 places were zeros.
  const zeros = clz(high);
  high = (high << zeros) | ((((r1 << 2) ^ negative) >> 1) >> (63 - zeros));
  // high · 2^−(64 + zeros) times π/2; the product of the two leading parts is exact.
  const sign = <i64>bits >> 63;
  const unit = (<u64>(sign ^ negative) << 63) | ((1023 - 64 - zeros) << 52);
  const first = <f64>(<i64>(high >> 38)) * reinterpret<f64>(unit + (<u64>38 << 52));
  const last = <f64>(<i64>(high & 0x3fffffffff)) * reinterpret<f64>(unit);
  const a = first * 1.5707963109016418;
  const b = last * 1.5707963267948966 + first * 1.5893254773528196e-8;
  remainder = a + b;
  remainderExcess = remainder - a - b;
  return (quadrant ^ sign) - sign;
}

export const SIN = 0;
export const COS = 1;
export const TAN = 2;

/** SIN, COS or TAN of two f64, for finite arguments of any size. */
// @ts-ignore: decorator
@inline
export function trigonometric(x: v128, kind: i32): v128 {
  // 2^20 · π/2: up to here n times each of the first three parts of π/2, of 32 bits, is exact.
  const limit: f64 = 1647099;
  let q = f64x2.add(f64x2.mul(x, all<f64>(0.6366197723675814)), all<f64>(rounder<f64>()));
  const n = f64x2.sub(q, all<f64>(rounder<f64>()));
  const t = f64x2.sub(x, f64x2.mul(n, all<f64>(1.5707963267341256)));
  const second = f64x2.mul(n, all<f64>(6.077100506303966e-11));
  const r = f64x2.sub(t, second);
  const third = f64x2.sub(
    f64x2.mul(n, all<f64>(2.0222662487111665e-21)),
    f64x2.sub(f64x2.sub(t, r), second),
  );
  let y = f64x2.sub(r, third);
  const fourth = f64x2.mul(n, all<f64>(8.4784276603689e-32));
  // How much y is above the exact remainder; +0 where both are 0, which keeps the sign of sin −0.
  let excess = f64x2.add(f64x2.add(f64x2.sub(y, r), third), fourth);
  if (!everyLane<f64>(f64x2.lt(f64x2.abs(x), all<f64>(limit)))) {
    const x0 = f64x2.extract_lane(x, 0);
    if (!(abs(x0) < limit)) {
      q = i64x2.replace_lane(q, 0, reduceLarge(x0));
      y = f64x2.replace_lane(y, 0, remainder);
      excess = f64x2.replace_lane(excess, 0, remainderExcess);
    }
    const x1 = f64x2.extract_lane(x, 1);
    if (!(abs(x1) < limit)) {
      q = i64x2.replace_lane(q, 1, reduceLarge(x1));
      y = f64x2.replace_lane(y, 1, remainder);
      excess = f64x2.replace_lane(excess, 1, remainderExcess);
    }
  }
  const z = f64x2.mul(y, y);
  const half = f64x2.mul(z, all<f64>(0.5));
  const w = f64x2.sub(all<f64>(1), half);
  // sin y = y + y z S(z), degree 5, error 2^−57.9; the excess counts times cos y ≈ w.
  let a = step<f64>(all<f64>(1.589543511531009e-10), z, -2.505073441151566e-8);
  a = step<f64>(a, z, 2.7557313538598594e-6);
  a = step<f64>(a, z, -0.00019841269829358625);
  a = step<f64>(a, z, 0.00833333333332184);
  a = step<f64>(a, z, -0.1666666666666663);
  const excessOfSine = f64x2.sub(f64x2.mul(excess, w), f64x2.mul(f64x2.mul(y, z), a));
  const sine = f64x2.sub(y, excessOfSine);
  // cos y = 1 − z / 2 + z² C(z), degree 5, error 2^−63.9; the excess counts times −sin y ≈ −y.
  let b = step<f64>(all<f64>(-1.1358749179273053e-11), z, 2.087570539526959e-9);
  b = step<f64>(b, z, -2.755731421703591e-7);
  b = step<f64>(b, z, 2.4801587289002076e-5);
  b = step<f64>(b, z, -0.0013888888888873342);
  b = step<f64>(b, z, 0.041666666666666595);
  const rest = f64x2.add(f64x2.mul(f64x2.mul(z, z), b), f64x2.mul(y, excess));
  // What rounding w lost is known exactly.
  const lost = f64x2.sub(f64x2.sub(all<f64>(1), w), half);
  const cosine = f64x2.add(w, f64x2.add(lost, rest));
  const first = i64x2.splat(1);
  const odd = i64x2.eq(v128.and(q, first), first);
  if (kind === TAN) {
    const top = v128.bitselect(cosine, sine, odd);
    const bottom = v128.bitselect(sine, cosine, odd);
    const quotient = f64x2.div(top, bottom);
    // −cot in odd quadrants. NaN of ±0 / ±0 cannot come: sine and cosine are never both 0.
    return v128.xor(quotient, v128.and(odd, all<f64>(-0.0)));
  }
  const other = kind === SIN ? v128.bitselect(cosine, sine, odd) : v128.bitselect(sine, cosine, odd);
  const turned = kind === SIN ? q : i64x2.add(q, first);
  return v128.xor(other, i64x2.shl(v128.and(turned, i64x2.splat(2)), 62));
}
