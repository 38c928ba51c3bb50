// The error function and its complement, of two f64 lanes; coefficients from tooling/scripts/minimax.py.
import { expOfSum } from "./math-exp";
import { all, heads, signOf, step } from "./math-lanes";

// erf x for |x| < 1: x + x P(u), u = x² − 0.484375, degree 12, error 2^−58.9. Terms around the middle cancel
// less than those around 0. Even and odd powers apart: chains half as long.
// @ts-ignore: decorator
@inline
function near(x: v128): v128 {
  const u = f64x2.sub(f64x2.mul(x, x), all<f64>(0.484375));
  const z = f64x2.mul(u, u);
  let even = step<f64>(all<f64>(5.945262311363733e-11), z, 9.522726616533634e-9);
  even = step<f64>(even, z, 1.0684021983683672e-6);
  even = step<f64>(even, z, 7.935535111750112e-5);
  even = step<f64>(even, z, 0.0035244054387213912);
  even = step<f64>(even, z, 0.08027216337757714);
  even = step<f64>(even, z, -0.030120051388926466);
  let odd = step<f64>(all<f64>(-7.90998164123268e-10), z, -1.056810514106983e-7);
  odd = step<f64>(odd, z, -9.74743446730675e-6);
  odd = step<f64>(odd, z, -0.000568579239087603);
  odd = step<f64>(odd, z, -0.018502777730218738);
  odd = step<f64>(odd, z, -0.28356718492097743);
  return f64x2.add(x, f64x2.mul(x, f64x2.add(even, f64x2.mul(u, odd))));
}

// e^(x²) erfc x = (0.5625 + v) t with t = 1 / (x + ½): v for 0.4765 ≤ x ≤ 28, degrees 10 and 10, error 2^−58.3.
// v is so small that its rounding hardly counts.
// @ts-ignore: decorator
@inline
function correction(t: v128): v128 {
  const z = f64x2.mul(t, t);
  let evenTop = step<f64>(all<f64>(-456.4393059663762), z, 426.40709091137046);
  evenTop = step<f64>(evenTop, z, 512.145155221324);
  evenTop = step<f64>(evenTop, z, 86.9595912539607);
  evenTop = step<f64>(evenTop, z, 3.333332111836847);
  evenTop = step<f64>(evenTop, z, 0.0016895835476288333);
  let oddTop = step<f64>(all<f64>(-176.9766720491972), z, 673.606007591809);
  oddTop = step<f64>(oddTop, z, 252.80658348161273);
  oddTop = step<f64>(oddTop, z, 20.971319253295768);
  oddTop = step<f64>(oddTop, z, 0.30210099383270717);
  let even = step<f64>(all<f64>(811.4480062960534), z, 5665.204669720931);
  even = step<f64>(even, z, 4921.331123327729);
  even = step<f64>(even, z, 1152.6576789512203);
  even = step<f64>(even, z, 79.3812484268753);
  even = step<f64>(even, z, 1);
  let odd = step<f64>(all<f64>(3131.0457744568976), z, 6355.716997307617);
  odd = step<f64>(odd, z, 2765.7880644874435);
  odd = step<f64>(odd, z, 355.7267428637948);
  odd = step<f64>(odd, z, 11.840907224807525);
  const top = f64x2.add(evenTop, f64x2.mul(t, oddTop));
  return f64x2.div(top, f64x2.add(even, f64x2.mul(t, odd)));
}

/** e^(x²) erfc x for 0.4765 ≤ x ≤ 28. */
// @ts-ignore: decorator
@inline
export function erfcx(x: v128): v128 {
  const s = f64x2.add(x, all<f64>(0.5));
  const v = correction(f64x2.div(all<f64>(1), s));
  return f64x2.div(f64x2.add(all<f64>(0.5625), v), s);
}

// erfc x on the same range. −x² in two parts, so that its rounding does not spoil the exponential; the second
// takes up what the sums lost, too: 1.75 stands for 1 / sum.
// @ts-ignore: decorator
@inline
function tail(x: v128): v128 {
  const s = f64x2.add(x, all<f64>(0.5));
  const t = f64x2.div(all<f64>(1), s);
  const v = correction(t);
  const sum = f64x2.add(all<f64>(0.5625), v);
  const lostOfSum = f64x2.sub(v, f64x2.sub(sum, all<f64>(0.5625)));
  const lostOfS = f64x2.sub(x, f64x2.sub(s, all<f64>(0.5)));
  const lost = f64x2.sub(f64x2.mul(all<f64>(1.75), lostOfSum), f64x2.mul(lostOfS, t));
  const h = heads(x);
  const low = f64x2.add(f64x2.mul(f64x2.sub(h, x), f64x2.add(h, x)), lost);
  return f64x2.div(f64x2.mul(expOfSum(f64x2.neg(f64x2.mul(h, h)), low), sum), s);
}

/** erf of two f64. */
// @ts-ignore: decorator
@inline
export function erf(x: v128): v128 {
  const y = near(x);
  const a = f64x2.abs(x);
  const far = f64x2.ge(a, all<f64>(1));
  if (!v128.any_true(far)) return y;
  const z = f64x2.sub(all<f64>(1), tail(f64x2.pmin(f64x2.pmax(a, all<f64>(1)), all<f64>(6))));
  return v128.bitselect(v128.or(z, signOf<f64>(x)), y, far);
}

/** 1 − erf of two f64, with full relative precision for large arguments. */
// @ts-ignore: decorator
@inline
export function erfc(x: v128): v128 {
  // Up to erf x = ½ nothing is lost by the difference.
  const complement = f64x2.sub(all<f64>(1), near(x));
  const a = f64x2.abs(x);
  const large = f64x2.ge(x, all<f64>(0.4769));
  const far = v128.or(large, f64x2.ge(a, all<f64>(1)));
  if (!v128.any_true(far)) return complement;
  const z = tail(f64x2.pmin(f64x2.pmax(a, all<f64>(0.4765)), all<f64>(28)));
  const y = v128.bitselect(z, f64x2.sub(all<f64>(2), z), large);
  return v128.bitselect(y, complement, far);
}

/** erf of two f64 to the precision of f32: degrees 6 and 5 on [0, 4], error 2^−28.8; beyond, erf is 1 in f32. */
// @ts-ignore: decorator
@inline
export function erfToSingle(x: v128): v128 {
  const a = f64x2.pmin(f64x2.abs(x), all<f64>(4));
  const z = f64x2.mul(a, a);
  let p = step<f64>(all<f64>(-1.3203205376719146e-8), z, 4.684978240265554e-6);
  p = step<f64>(p, z, 0.0003796155946150379);
  p = step<f64>(p, z, 0.0038495976958099368);
  p = step<f64>(p, z, 0.0543169660012918);
  p = step<f64>(p, z, 0.18520234204413918);
  p = step<f64>(p, z, 1.1283791693862844);
  let q = step<f64>(all<f64>(6.311247688269996e-5), z, 0.0013075760773638716);
  q = step<f64>(q, z, 0.015462085690616247);
  q = step<f64>(q, z, 0.11395820420349435);
  q = step<f64>(q, z, 0.4974647161446018);
  q = step<f64>(q, z, 1);
  return v128.or(f64x2.div(f64x2.mul(a, p), q), signOf<f64>(x));
}
