// log |Γ| and its derivative, for one f64.
// lgamma after FreeBSD msun (e_lgamma_r.c):
// Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunSoft, a Sun Microsystems,
// Inc. business. Permission to use, copy, modify, and distribute this software is freely granted, provided
// that this notice is preserved.
import { log1 } from "./math";
import { COS, SIN, trigonometric } from "./math-trig";

const PI: f64 = 3.141592653589793;

function sine(x: f64): f64 {
  return f64x2.extract_lane(trigonometric(f64x2.splat(x), SIN), 0);
}

function cosine(x: f64): f64 {
  return f64x2.extract_lane(trigonometric(f64x2.splat(x), COS), 0);
}

// On (0, 2): around each of 1, 1.46… (the minimum) and 2 a fit of its own.
function lgammaSmall(x: f64): f64 {
  let r: f64 = 0;
  let y: f64;
  let kind = 0;
  if (x <= 0.9) {
    r = -log1(x);
    if (x >= 0.7316) y = 1 - x;
    else if (x >= 0.23164) {
      y = x - (1.46163214496836224576 - 1);
      kind = 1;
    } else {
      y = x;
      kind = 2;
    }
  } else if (x >= 1.7316) y = 2 - x;
  else if (x >= 1.23) {
    y = x - 1.46163214496836224576;
    kind = 1;
  } else {
    y = x - 1;
    kind = 2;
  }
  if (kind === 0) return r + (y * (7.72156649015328655494e-2 + y * (3.22467033424113591611e-1 +
    y * (6.73523010531292681824e-2 + y * (2.05808084325167332806e-2 +
    y * (7.38555086081402883957e-3 + y * (2.89051383673415629091e-3 +
    y * (1.19270763183362067845e-3 + y * (5.10069792153511336608e-4 +
    y * (2.20862790713908385557e-4 + y * (1.08011567247583939954e-4 +
    y * (2.52144565451257326939e-5 + y * 4.48640949618915160150e-5))))))))))) - 0.5 * y);
  if (kind === 1) {
    const p = y * y * (4.83836122723810047042e-1 + y * (-1.47587722994593911752e-1 +
      y * (6.46249402391333854778e-2 + y * (-3.27885410759859649565e-2 +
      y * (1.79706750811820387126e-2 + y * (-1.03142241298341437450e-2 +
      y * (6.10053870246291332635e-3 + y * (-3.68452016781138256760e-3 +
      y * (2.25964780900612472250e-3 + y * (-1.40346469989232843813e-3 +
      y * (8.81081882437654011382e-4 + y * (-5.38595305356740546715e-4 +
      y * (3.15632070903625950361e-4 + y * (-3.12754168375120860518e-4 +
      y * 3.35529192635519073543e-4))))))))))))));
    return r + (-1.21486290535849611461e-1 + (p + 3.63867699703950536541e-18));
  }
  const p = y * (-7.72156649015328655494e-2 + y * (6.32827064025093366517e-1 +
    y * (1.45492250137234768737 + y * (9.77717527963372745603e-1 +
    y * (2.28963728064692451092e-1 + y * 1.33810918536787660377e-2)))));
  const q = 1 + y * (2.45597793713041134822 + y * (2.12848976379893395361 +
    y * (7.69285150456672783825e-1 + y * (1.04222645593369134254e-1 +
    y * 3.21709242282423911810e-3))));
  return r + (-0.5 * y + p / q);
}

/** log |Γ(x)|; +Infinity at the poles. */
export function lgamma(x: f64): f64 {
  if (x !== x) return x;
  const a = abs(x);
  if (a === Infinity) return Infinity;
  if (a < 1e-20) return -log1(a);
  if (x < 0) {
    const t = x - nearest(x);
    if (t === 0) return Infinity;
    return log1(PI / abs(sine(PI * t) * x)) - lgamma(a);
  }
  if (a < 2) return lgammaSmall(a);
  if (a < 8) {
    const i = floor(a);
    const y = a - i;
    const p = y * (-7.72156649015328655494e-2 + y * (2.14982415960608852501e-1 +
      y * (3.25778796408930981787e-1 + y * (1.46350472652464452805e-1 +
      y * (2.66422703033638609560e-2 + y * (1.84028451407337715652e-3 +
      y * 3.19475326584100867617e-5))))));
    const q = 1 + y * (1.39200533467621045958 + y * (7.21935547567138069525e-1 +
      y * (1.71933865632803078993e-1 + y * (1.86459191715652901344e-2 +
      y * (7.77942496381893596434e-4 + y * 7.32668430744625636189e-6)))));
    let product: f64 = 1;
    for (let k = i - 1; k >= 2; k--) product *= y + k;
    return 0.5 * y + p / q + log1(product);
  }
  const t = log1(a);
  if (a > 288230376151711744) return a * (t - 1);
  const z = 1 / a;
  const w = z * z;
  return (a - 0.5) * (t - 1) + (4.18938533204672725052e-1 + z * (8.33333333333329678849e-2 +
    w * (-2.77777777728775536470e-3 + w * (7.93650558643019558500e-4 +
    w * (-5.95187557450339963135e-4 + w * (8.36339918996282139126e-4 +
    w * -1.63092934096575273989e-3))))));
}

/**
 * ψ(x) = Γ′(x) / Γ(x): reflection, recurrence up to 10, then the asymptotic series.
 *
 * ∓Infinity at ±0, NaN at the other poles.
 */
export function digamma(x: f64): f64 {
  if (x === 0) return -1 / x;
  let y: f64 = 0;
  if (x < 0) {
    const t = PI * (x - nearest(x));
    if (t === 0 || x === -Infinity) return NaN;
    y = (-PI * cosine(t)) / sine(t);
    x = 1 - x;
  }
  for (; x < 10; x++) y -= 1 / x;
  const z = 1 / (x * x);
  const series = 0.08333333333333333 + z * (-0.008333333333333333 + z * (0.003968253968253968 +
    z * (-0.004166666666666667 + z * (0.007575757575757576 + z * (-0.021092796092796094 +
    z * 0.08333333333333333)))));
  return y + (log1(x) - 0.5 / x - z * series);
}
