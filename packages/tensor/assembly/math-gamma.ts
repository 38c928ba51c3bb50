// log |Γ| and its derivative; coefficients of lgamma from tooling/scripts/minimax.py.
import { all, everyLane, heads, step } from "./math-lanes";
import { log, log1 } from "./math-log";
import { COS, SIN, trigonometric } from "./math-trig";

const PI: f64 = 3.141592653589793;

function sine(x: f64): f64 {
  return f64x2.extract_lane(trigonometric(f64x2.splat(x), SIN), 0);
}

function cosine(x: f64): f64 {
  return f64x2.extract_lane(trigonometric(f64x2.splat(x), COS), 0);
}

// log Γ(1 + t) for −0.2 ≤ t ≤ 2: t (t − 1) (½ + P(t) / Q(t)), both of degree 8, error 2^−55.
// Both zeros are factors; their product is taken with what it loses.
// @ts-ignore: decorator
@inline
function middle(t: v128): v128 {
  const u = f64x2.sub(t, all<f64>(1));
  const z = f64x2.mul(t, t);
  let evenTop = step<f64>(all<f64>(-2.558730556328139e-5), z, -0.020953474672623033);
  evenTop = step<f64>(evenTop, z, -0.39644765377902746);
  evenTop = step<f64>(evenTop, z, -0.32436793415104936);
  evenTop = step<f64>(evenTop, z, 0.07721566490153287);
  let oddTop = step<f64>(all<f64>(-0.0013820089618120212), z, -0.13190440818389126);
  oddTop = step<f64>(oddTop, z, -0.5742695076821496);
  oddTop = step<f64>(oddTop, z, 0.04253110305527971);
  let even = step<f64>(all<f64>(5.19362353024964e-5), z, 0.05800578235855837);
  even = step<f64>(even, z, 1.9278838406361924);
  even = step<f64>(even, z, 5.6238415042856005);
  even = step<f64>(even, z, 1);
  let odd = step<f64>(all<f64>(0.0031824311020793496), z, 0.4654042603025139);
  odd = step<f64>(odd, z, 4.413987482824157);
  odd = step<f64>(odd, z, 3.7269959657130025);
  const top = f64x2.add(evenTop, f64x2.mul(t, oddTop));
  const r = f64x2.div(top, f64x2.add(even, f64x2.mul(t, odd)));
  const tHead = heads(t);
  const uHead = heads(u);
  const product = f64x2.mul(t, u);
  const lost = f64x2.add(
    f64x2.sub(f64x2.mul(tHead, uHead), product),
    f64x2.add(f64x2.mul(tHead, f64x2.sub(u, uHead)), f64x2.mul(f64x2.sub(t, tHead), u)),
  );
  const half = all<f64>(0.5);
  return f64x2.add(
    f64x2.mul(half, product),
    f64x2.add(f64x2.mul(product, r), f64x2.mul(half, lost)),
  );
}

// Stirling's formula for a ≥ 8: (a − ½) (log a − 1) + ½ (log 2π − 1) + z P(z²) with z = 1 / a, degree 5, error
// 2^−63.
// @ts-ignore: decorator
@inline
function stirling(a: v128, logarithm: v128): v128 {
  const z = f64x2.div(all<f64>(1), a);
  const w = f64x2.mul(z, z);
  let p = step<f64>(all<f64>(-0.0016089510605902587), w, 0.0008353171426677604);
  p = step<f64>(p, w, -0.0005951698045287168);
  p = step<f64>(p, w, 0.0007936504183195827);
  p = step<f64>(p, w, -0.002777777776803333);
  p = step<f64>(p, w, 0.08333333333333245);
  const rest = f64x2.add(f64x2.mul(z, p), all<f64>(0.41893853320467274));
  const main = f64x2.mul(
    f64x2.sub(a, all<f64>(0.5)),
    f64x2.sub(logarithm, all<f64>(1)),
  );
  return f64x2.add(main, rest);
}

// a − k, or 1 where that is below 2.
// @ts-ignore: decorator
@inline
function factor(a: v128, k: f64): v128 {
  const f = f64x2.sub(a, all<f64>(k));
  return v128.bitselect(f, all<f64>(1), f64x2.ge(f, all<f64>(2)));
}

// log Γ(a) for a ≥ 0.
// @ts-ignore: decorator
@inline
function positive(a: v128): v128 {
  const tiny = f64x2.lt(a, all<f64>(0.8));
  const near = f64x2.lt(a, all<f64>(3));
  const far = f64x2.ge(a, all<f64>(8));
  // Γ(a) = (a − 1) … Γ(2 + fraction) from 3 to 8, Γ(a) = Γ(1 + a) / a below 0.8.
  const f = f64x2.mul(
    f64x2.mul(f64x2.sub(a, all<f64>(1)), factor(a, 2)),
    f64x2.mul(f64x2.mul(factor(a, 3), factor(a, 4)), factor(a, 5)),
  );
  const between = f64x2.add(f64x2.sub(a, f64x2.floor(a)), all<f64>(1));
  let t = v128.bitselect(f64x2.sub(a, all<f64>(1)), between, near);
  t = v128.bitselect(a, t, tiny);
  const usual = middle(t);
  if (everyLane<f64>(v128.andnot(near, tiny))) return usual;
  const logarithm = log<f64>(v128.bitselect(a, f, v128.or(tiny, far)));
  let y = v128.bitselect(f64x2.sub(usual, logarithm), f64x2.add(usual, logarithm), tiny);
  y = v128.bitselect(usual, y, v128.andnot(near, tiny));
  return v128.bitselect(y, stirling(a, logarithm), f64x2.lt(a, all<f64>(8)));
}

// log |Γ(x)| for x < 0 from log Γ(−x).
function reflected(x: f64, y: f64): f64 {
  const t = x - nearest(x);
  return t === 0 || x === -Infinity ? Infinity : log1(PI / abs(sine(PI * t) * x)) - y;
}

/** log |Γ| of two f64; +Infinity at the poles. */
// @ts-ignore: decorator
@inline
export function lgamma(x: v128): v128 {
  let y = positive(f64x2.abs(x));
  if (v128.any_true(f64x2.lt(x, all<f64>(0)))) {
    const x0 = f64x2.extract_lane(x, 0);
    if (x0 < 0) y = f64x2.replace_lane(y, 0, reflected(x0, f64x2.extract_lane(y, 0)));
    const x1 = f64x2.extract_lane(x, 1);
    if (x1 < 0) y = f64x2.replace_lane(y, 1, reflected(x1, f64x2.extract_lane(y, 1)));
  }
  return y;
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
