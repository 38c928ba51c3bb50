// sin, cos and tan of two f64 lanes.
// Kernel polynomials and the three-part π/2 after FreeBSD msun (k_sin.c, k_cos.c, e_rem_pio2.c):
// Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunSoft, a Sun Microsystems,
// Inc. business. Permission to use, copy, modify, and distribute this software is freely granted, provided
// that this notice is preserved.
import { all, everyLane, rounder } from "./math-lanes";

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

// Payne & Hanek: the quadrant of x, and the remainder in units of one radian in `remainder`.
// x = m 2^e; of 2/π only the places count that lie from 2^(1−e) downwards, since 4 quadrants are a turn.
function reduceLarge(x: f64): i64 {
  const bits = reinterpret<u64>(x);
  const exponent = <i32>((bits >> 52) & 2047);
  if (exponent === 2047) {
    remainder = NaN;
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
  if (shift !== 0) {
    p2 = (p2 << shift) | (p1 >> (64 - shift));
    p1 = (p1 << shift) | (p0 >> (64 - shift));
    p0 = (p0 << shift) | (twoOverPi(word + 3) >> (64 - shift));
  }
  const low = m * p1;
  const r1 = low + highProduct(m, p0);
  const r2 = m * p2 + highProduct(m, p1) + <u64>(r1 < low);
  let quadrant = <i64>(r2 >> 62);
  // The fraction as a signed 128-bit number, in [−½, ½).
  let high = (r2 << 2) | (r1 >> 62);
  let rest = r1 << 2;
  const negative = <i64>high < 0;
  if (negative) {
    quadrant++;
    high = ~high;
    rest = ~rest;
  }
  const zeros = clz(high);
  if (zeros !== 0) high = zeros < 64 ? (high << zeros) | (rest >> (64 - zeros)) : rest;
  // high · 2^−(64 + zeros)
  const fraction = <f64>high * reinterpret<f64>((1023 - 64 - zeros) << 52);
  const y = fraction * 1.5707963267948966;
  const flip = negative !== <bool>(bits >> 63);
  remainder = flip ? -y : y;
  return bits >> 63 ? -quadrant : quadrant;
}

export const SIN = 0;
export const COS = 1;
export const TAN = 2;

/** SIN, COS or TAN of two f64, for finite arguments of any size. */
// @ts-ignore: decorator
@inline
export function trigonometric(x: v128, kind: i32): v128 {
  // 2^20 · π/2: up to here n · π/2 is exact in its first two parts.
  const limit: f64 = 1647099;
  let q = f64x2.add(f64x2.mul(x, all<f64>(0.6366197723675814)), all<f64>(rounder<f64>()));
  const n = f64x2.sub(q, all<f64>(rounder<f64>()));
  const t = f64x2.sub(x, f64x2.mul(n, all<f64>(1.57079632673412561417)));
  const second = f64x2.mul(n, all<f64>(6.0771005063039659766e-11));
  const r = f64x2.sub(t, second);
  const third = f64x2.sub(
    f64x2.mul(n, all<f64>(2.02226624879595063154e-21)),
    f64x2.sub(f64x2.sub(t, r), second),
  );
  let y = f64x2.sub(r, third);
  let tail = f64x2.sub(f64x2.sub(r, y), third);
  if (!everyLane<f64>(f64x2.lt(f64x2.abs(x), all<f64>(limit)))) {
    const x0 = f64x2.extract_lane(x, 0);
    if (!(abs(x0) < limit)) {
      q = i64x2.replace_lane(q, 0, reduceLarge(x0));
      y = f64x2.replace_lane(y, 0, remainder);
      tail = f64x2.replace_lane(tail, 0, 0);
    }
    const x1 = f64x2.extract_lane(x, 1);
    if (!(abs(x1) < limit)) {
      q = i64x2.replace_lane(q, 1, reduceLarge(x1));
      y = f64x2.replace_lane(y, 1, remainder);
      tail = f64x2.replace_lane(tail, 1, 0);
    }
  }
  const z = f64x2.mul(y, y);
  const v = f64x2.mul(z, y);
  let a = f64x2.add(
    all<f64>(-2.50507602534068634195e-8),
    f64x2.mul(z, all<f64>(1.58969099521155010221e-10)),
  );
  a = f64x2.add(all<f64>(2.75573137070700676789e-6), f64x2.mul(z, a));
  a = f64x2.add(all<f64>(-1.98412698298579493134e-4), f64x2.mul(z, a));
  a = f64x2.add(all<f64>(8.33333333332248946124e-3), f64x2.mul(z, a));
  const inner = f64x2.sub(f64x2.mul(tail, all<f64>(0.5)), f64x2.mul(v, a));
  const sine = f64x2.sub(
    y,
    f64x2.sub(
      f64x2.sub(f64x2.mul(z, inner), tail),
      f64x2.mul(v, all<f64>(-1.66666666666666324348e-1)),
    ),
  );
  let b = f64x2.add(
    all<f64>(2.08757232129817482790e-9),
    f64x2.mul(z, all<f64>(-1.13596475577881948265e-11)),
  );
  b = f64x2.add(all<f64>(-2.75573143513906633035e-7), f64x2.mul(z, b));
  b = f64x2.add(all<f64>(2.48015872894767294178e-5), f64x2.mul(z, b));
  b = f64x2.add(all<f64>(-1.38888888888741095749e-3), f64x2.mul(z, b));
  b = f64x2.add(all<f64>(4.16666666666666019037e-2), f64x2.mul(z, b));
  const half = f64x2.mul(z, all<f64>(0.5));
  const w = f64x2.sub(all<f64>(1), half);
  const cosine = f64x2.add(
    w,
    f64x2.add(
      f64x2.sub(f64x2.sub(all<f64>(1), w), half),
      f64x2.sub(f64x2.mul(f64x2.mul(z, z), b), f64x2.mul(y, tail)),
    ),
  );
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
