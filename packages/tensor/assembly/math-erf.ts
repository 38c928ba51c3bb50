// The error function, its complement and its inverse.
// erf and erfc of one f64 after FreeBSD msun (s_erf.c):
// Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunPro, a Sun Microsystems,
// Inc. business. Permission to use, copy, modify, and distribute this software is freely granted, provided
// that this notice is preserved.
import { exp1, log1 } from "./math";
import { all, signOf } from "./math-lanes";

// erf on [0.84375, 1.25) minus 0.845….
function middle(a: f64): f64 {
  const z = a - 1;
  const p = -2.36211856075265944077e-3 + z * (4.14856118683748331666e-1 +
    z * (-3.72207876035701323847e-1 + z * (3.18346619901161753674e-1 +
    z * (-1.10894694282396677476e-1 + z * (3.54783043256182359371e-2 +
    z * -2.16637559486879084300e-3)))));
  const q = 1 + z * (1.06420880400844228286e-1 + z * (5.40397917702171048937e-1 +
    z * (7.18286544141962662868e-2 + z * (1.26171219808761642112e-1 +
    z * (1.36370839120290507362e-2 + z * 1.19844998467991074170e-2)))));
  return p / q;
}

// erfc on [1.25, 28).
function tail(a: f64): f64 {
  const z = 1 / (a * a);
  let p: f64;
  let q: f64;
  if (a < 1 / 0.35) {
    p = -9.86494403484714822705e-3 + z * (-6.93858572707181764372e-1 +
      z * (-1.05586262253232909814e1 + z * (-6.23753324503260060396e1 +
      z * (-1.62396669462573470355e2 + z * (-1.84605092906711035994e2 +
      z * (-8.12874355063065934246e1 + z * -9.81432934416914548592))))));
    q = 1 + z * (1.96512716674392571292e1 + z * (1.37657754143519042600e2 +
      z * (4.34565877475229228821e2 + z * (6.45387271733267880336e2 +
      z * (4.29008140027567833386e2 + z * (1.08635005541779435134e2 +
      z * (6.57024977031928170135 + z * -6.04244152148580987438e-2)))))));
  } else {
    p = -9.86494292470009928597e-3 + z * (-7.99283237680523006574e-1 +
      z * (-1.77579549177547519889e1 + z * (-1.60636384855821916062e2 +
      z * (-6.37566443368389627722e2 + z * (-1.02509513161107724954e3 +
      z * -4.83519191608651397019e2)))));
    q = 1 + z * (3.03380607434824582924e1 + z * (3.25792512996573918826e2 +
      z * (1.53672958608443695994e3 + z * (3.19985821950859553908e3 +
      z * (2.55305040643316442583e3 + z * (4.74528541206955367215e2 +
      z * -2.24409524465858183362e1))))));
  }
  // a² in two parts, so that its rounding does not spoil the exponential.
  const head = reinterpret<f64>(reinterpret<u64>(a) & 0xffffffff00000000);
  return (exp1(-head * head - 0.5625) * exp1((head - a) * (head + a) + p / q)) / a;
}

// (erf x − x) / x on [0, 0.84375).
function near(x: f64): f64 {
  const z = x * x;
  const p = 1.28379167095512558561e-1 + z * (-3.25042107247001499370e-1 +
    z * (-2.84817495755985104766e-2 + z * (-5.77027029648944159157e-3 +
    z * -2.37630166566501626084e-5)));
  const q = 1 + z * (3.97917223959155352819e-1 + z * (6.50222499887672944485e-2 +
    z * (5.08130628187576562776e-3 + z * (1.32494738004321644526e-4 +
    z * -3.96022827877536812320e-6))));
  return p / q;
}

/** erf of one f64. */
export function erf(x: f64): f64 {
  const a = abs(x);
  if (a < 0.84375) return x + x * near(x);
  let y: f64 = 1;
  if (a < 1.25) y = 8.45062911510467529297e-1 + middle(a);
  else if (a < 6) y = 1 - tail(a);
  else if (a !== a) return x;
  return copysign(y, x);
}

/** 1 − erf of one f64, with full relative precision for large arguments. */
export function erfc(x: f64): f64 {
  const a = abs(x);
  if (a < 0.84375) {
    if (x < 0.25) return 1 - (x + x * near(x));
    return 0.5 - (x - 0.5 + x * near(x));
  }
  if (a < 1.25) {
    const y = middle(a);
    return x < 0 ? 1 + (8.45062911510467529297e-1 + y) : 1 - 8.45062911510467529297e-1 - y;
  }
  if (a < 28) return x < 0 ? 2 - tail(a) : tail(a);
  if (a !== a) return x;
  return x < 0 ? 2 : 0;
}

/**
 * Inverse of erf for one f64: a starting value to six digits, then two of Halley's steps.
 *
 * Starting value: M. Giles, "Approximating the erfinv function", GPU Computing Gems 2, 2010.
 */
export function erfinv(x: f64): f64 {
  const a = abs(x);
  if (!(a < 1)) return a === 1 ? x * Infinity : NaN;
  if (a < 1e-300) return x * 0.886226925452758;
  let w = -log1((1 - a) * (1 + a));
  let y: f64;
  if (w < 5) {
    w -= 2.5;
    y = 1.50140941 + w * (0.246640727 + w * (-0.00417768164 + w * (-0.00125372503 +
      w * (0.00021858087 + w * (-4.39150654e-6 + w * (-3.5233877e-6 + w * (3.43273939e-7 +
      w * 2.81022636e-8)))))));
  } else {
    w = sqrt(w) - 3;
    y = 2.83297682 + w * (1.00167406 + w * (0.00943887047 + w * (-0.0076224613 +
      w * (0.00573950773 + w * (-0.00367342844 + w * (0.00134934322 + w * (0.000100950558 +
      w * -0.000200214257)))))));
  }
  y *= a;
  for (let i = 0; i < 2; i++) {
    const miss = a < 0.5 ? erf(y) - a : 1 - a - erfc(y);
    const step = miss * 0.886226925452758 * exp1(y * y);
    y -= step / (1 + y * step);
  }
  return copysign(y, x);
}

/**
 * erf of two f64 to the precision of f32: |error| < 2.1e-9 relative.
 *
 * x P(x²) / Q(x²), a minimax fit on [0, 4]; beyond that erf is 1 in f32.
 */
// @ts-ignore: decorator
@inline
export function erfToSingle(x: v128): v128 {
  const a = f64x2.pmin(f64x2.abs(x), all<f64>(4));
  const z = f64x2.mul(a, a);
  let p = f64x2.add(all<f64>(4.684791843218726e-6), f64x2.mul(z, all<f64>(-1.3202294983776865e-8)));
  p = f64x2.add(all<f64>(0.0003796092381609319), f64x2.mul(z, p));
  p = f64x2.add(all<f64>(0.003849606297281406), f64x2.mul(z, p));
  p = f64x2.add(all<f64>(0.05431690195203016), f64x2.mul(z, p));
  p = f64x2.add(all<f64>(0.18520305428651235), f64x2.mul(z, p));
  p = f64x2.add(all<f64>(1.128379169378971), f64x2.mul(z, p));
  let q = f64x2.add(all<f64>(0.0013075692903461846), f64x2.mul(z, all<f64>(6.31107121728559e-5)));
  q = f64x2.add(all<f64>(0.015462080710257816), f64x2.mul(z, q));
  q = f64x2.add(all<f64>(0.11395835824546935), f64x2.mul(z, q));
  q = f64x2.add(all<f64>(0.4974653472497852), f64x2.mul(z, q));
  q = f64x2.add(all<f64>(1), f64x2.mul(z, q));
  return v128.or(f64x2.div(f64x2.mul(a, p), q), signOf<f64>(x));
}
