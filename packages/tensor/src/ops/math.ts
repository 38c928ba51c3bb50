import { constantLike } from "../primitives/constants";
import * as p from "../primitives/elementwise";
import type { Tensor, TensorLike } from "../tensor";
import { add, maximum, mul, neg, sub } from "./arithmetic";
import { toFloat, toTensor, unifyFloats } from "./promote";

type Unary = (x: TensorLike) => Tensor;
const onFloats =
  (f: (x: Tensor) => Tensor): Unary =>
  (x) =>
    f(toFloat(x));

/** Functions that leave integers as they are. */
const onReals =
  (f: (x: Tensor) => Tensor): Unary =>
  (x) => {
    const t = toTensor(x);
    return t.dtype === "f32" || t.dtype === "f64" ? f(t) : t;
  };

/** e^x. */
export const exp: Unary = onFloats((x) => p.exp(x));
/** e^x − 1, accurate near 0. */
export const expm1: Unary = onFloats((x) => p.expm1(x));
/** 2^x. */
export const exp2: Unary = onFloats((x) => p.pow(constantLike(x, 2), x));
/** Natural logarithm. */
export const log: Unary = onFloats((x) => p.log(x));
/** log(1 + x), accurate near 0. */
export const log1p: Unary = onFloats((x) => p.log1p(x));
/** Logarithm to base 2. */
export const log2: Unary = (x) => mul(log(x), Math.LOG2E);
/** Logarithm to base 10. */
export const log10: Unary = (x) => mul(log(x), Math.LOG10E);
/** Square root. */
export const sqrt: Unary = onFloats((x) => p.sqrt(x));
/** 1 / √x. */
export const rsqrt: Unary = (x) => p.reciprocal(p.sqrt(toFloat(x)));
/** Sine of an angle in radians. */
export const sin: Unary = onFloats((x) => p.sin(x));
/** Cosine of an angle in radians. */
export const cos: Unary = onFloats((x) => p.cos(x));
/** Tangent of an angle in radians. */
export const tan: Unary = onFloats((x) => p.tan(x));
/** Inverse sine, radians. */
export const asin: Unary = onFloats((x) => p.asin(x));
/** Inverse cosine, radians. */
export const acos: Unary = onFloats((x) => p.acos(x));
/** Inverse tangent, radians. */
export const atan: Unary = onFloats((x) => p.atan(x));
/** Hyperbolic sine. */
export const sinh: Unary = onFloats((x) => p.sinh(x));
/** Hyperbolic cosine. */
export const cosh: Unary = onFloats((x) => p.cosh(x));
/** Hyperbolic tangent. */
export const tanh: Unary = onFloats((x) => p.tanh(x));
/** Inverse hyperbolic sine. */
export const asinh: Unary = onFloats((x) => p.asinh(x));
/** Inverse hyperbolic cosine. */
export const acosh: Unary = onFloats((x) => p.acosh(x));
/** Inverse hyperbolic tangent. */
export const atanh: Unary = onFloats((x) => p.atanh(x));
/** Error function 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf: Unary = onFloats((x) => p.erf(x));
/** 1 − erf(x), accurate for large x. */
export const erfc: Unary = onFloats((x) => p.erfc(x));
/** Inverse of erf on (−1, 1). */
export const erfinv: Unary = onFloats((x) => p.erfinv(x));
/** log |Γ(x)|. */
export const lgamma: Unary = onFloats((x) => p.lgamma(x));
/** Derivative of log Γ. */
export const digamma: Unary = onFloats((x) => p.digamma(x));
/** Second derivative of log Γ. Abramowitz & Stegun 6.4. */
export const trigamma: Unary = onFloats((x) => p.trigamma(x));
/** 1 / (1 + e^(−x)), without overflow. */
export const sigmoid: Unary = onFloats((x) => p.sigmoid(x));
/** log(1 + e^x), without overflow. */
export const softplus: Unary = onFloats((x) => p.softplus(x));
/** log sigmoid(x), without underflow. */
export const logSigmoid: Unary = (x) => p.neg(p.softplus(p.neg(toFloat(x))));

/** max(x, 0); NaN stays; the gradient at 0 is 0. */
export function relu(x: TensorLike): Tensor {
  const t = toTensor(x);
  const zero = constantLike(t, 0);
  return p.select(p.le(t, zero), zero, t);
}

/** x for x > 0, otherwise slope · x. @param slope - default 0.01 */
export function leakyRelu(x: TensorLike, slope = 0.01): Tensor {
  const t = toFloat(x);
  return p.select(p.gt(t, toTensor(0, t.dtype).broadcastTo(t.shape)), t, mul(t, slope));
}

/** x for x > 0, otherwise alpha · (e^x − 1). @param alpha - default 1 */
export function elu(x: TensorLike, alpha = 1): Tensor {
  const t = toFloat(x);
  const zero = toTensor(0, t.dtype).broadcastTo(t.shape);
  const positive = p.gt(t, zero);
  // The unused branch must stay finite, or its gradient would be 0 · ∞.
  return p.select(positive, t, mul(p.expm1(p.select(positive, zero, t)), alpha));
}

/** x · sigmoid(x). */
export const silu: Unary = (x) => {
  const t = toFloat(x);
  return p.mul(t, p.sigmoid(t));
};

/**
 * x Φ(x), with Φ the normal distribution function.
 *
 * @param approximate - the tanh approximation; default false (exact, by erf)
 * @see Hendrycks & Gimpel 2016
 */
export function gelu(x: TensorLike, approximate = false): Tensor {
  const t = toFloat(x);
  const inner = approximate
    ? p.tanh(mul(add(t, mul(p.mul(p.mul(t, t), t), 0.044715)), Math.sqrt(2 / Math.PI)))
    : p.erf(mul(t, Math.SQRT1_2));
  return mul(p.mul(t, add(inner, 1)), 0.5);
}

/** log(e^x + e^y), without overflow. */
export function logAddExp(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = unifyFloats("logAddExp", x, y);
  const top = maximum(a, b);
  // Equal infinities have a difference of NaN; the sum is then the infinity itself.
  const gap = p.select(p.eq(a, b), mul(a, 0), neg(p.abs(sub(a, b))));
  const safe = p.select(p.isNan(gap), toTensor(0, a.dtype).broadcastTo(a.shape), gap);
  return p.select(p.isNan(top), top, add(top, p.log1p(p.exp(safe))));
}

/** ⌊x⌋. */
export const floor: Unary = onReals((x) => p.floor(x));
/** ⌈x⌉. */
export const ceil: Unary = onReals((x) => p.ceil(x));
/** Nearest integer, halves to the even one. */
export const round: Unary = onReals((x) => p.round(x));
/** Integer part. */
export const trunc: Unary = onReals((x) => p.trunc(x));
