import { ArgumentError } from "../errors";
import { constantLike } from "../primitives/constants";
import * as p from "../primitives/elementwise";
import type { Tensor, TensorLike } from "../tensor";
import { stopGradient } from "../transform/stop-gradient";
import { toFloat, toTensor, unify, unifyFloats } from "./promote";

/** Numbers rather than truth values: bool operands count as i32. */
function unifyNumbers(operation: string, x: TensorLike, y: TensorLike): readonly [Tensor, Tensor] {
  const [a, b] = unify(operation, x, y);
  return a.dtype === "bool" ? [p.cast(a, "i32"), p.cast(b, "i32")] : [a, b];
}

/**
 * x + y, element by element with broadcasting.
 *
 * @throws ShapeError when the shapes do not broadcast
 */
export const add = (x: TensorLike, y: TensorLike): Tensor => p.add(...unifyNumbers("add", x, y));

/** x − y, element by element with broadcasting. */
export const sub = (x: TensorLike, y: TensorLike): Tensor => p.sub(...unifyNumbers("sub", x, y));

/** x · y, element by element with broadcasting. */
export const mul = (x: TensorLike, y: TensorLike): Tensor => p.mul(...unifyNumbers("mul", x, y));

/** x / y as floats; integers are converted to f32 first. */
export const div = (x: TensorLike, y: TensorLike): Tensor => p.div(...unifyFloats("div", x, y));

/**
 * ⌊x / y⌋ of the exact quotient, as in Python: 1 // 0.1 is 9, as 0.1 is a little more than a tenth.
 * On integers division by zero gives 0.
 */
export function floorDivide(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = unifyNumbers("floorDivide", x, y);
  const zero = constantLike(a, 0);
  if (a.dtype === "u32" || a.dtype === "u8") return p.div(a, b);
  const r = p.rem(a, b);
  const down = p.and(p.ne(r, zero), p.ne(p.lt(r, zero), p.lt(b, zero)));
  const one = p.cast(down, a.dtype);
  if (a.dtype === "i32") return p.sub(p.div(a, b), one);
  // Without its remainder the division comes out whole, but for rounding.
  const whole = p.round(p.sub(p.div(p.sub(a, r), b), one));
  return p.select(p.eq(b, zero), p.trunc(p.div(a, b)), whole);
}

/** Remainder with the sign of the divisor, as in Python: x − y ⌊x / y⌋. */
export function mod(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = unifyNumbers("mod", x, y);
  const r = p.rem(a, b);
  if (a.dtype === "u32" || a.dtype === "u8") return r;
  const zero = toTensor(0, a.dtype).broadcastTo(a.shape);
  const fix = p.and(p.ne(r, zero), p.ne(p.lt(r, zero), p.lt(b, zero)));
  return p.select(fix, p.add(r, b), r);
}

/** Remainder with the sign of the dividend, as `%` in JavaScript. */
export const rem = (x: TensorLike, y: TensorLike): Tensor => p.rem(...unifyNumbers("rem", x, y));

/**
 * x^y. Whole exponents from −8 to 8 given as numbers are multiplied out: results and gradients are exact for negative
 * bases, and integers stay integers where y ≥ 0. Any other exponent makes floats, and NaN of negative bases with
 * fractions.
 *
 * @param y - a number, or a tensor that broadcasts against x
 * @example
 * pow(tensor([2, 3], { dtype: "i32" }), 2) // i32 [4, 9]
 */
export function pow(x: TensorLike, y: TensorLike): Tensor {
  if (typeof y === "number" && Number.isInteger(y) && Math.abs(y) <= 8) return integerPower(x, y);
  return p.pow(...unifyFloats("pow", x, y));
}

function integerPower(x: TensorLike, exponent: number): Tensor {
  const t = toTensor(x);
  const base = exponent < 0 ? toFloat(t) : t.dtype === "bool" ? p.cast(t, "i32") : t;
  if (exponent === 0) return toTensor(1, base.dtype).broadcastTo(base.shape);
  let result: Tensor | undefined;
  let square = base;
  for (let e = Math.abs(exponent); e > 0; e >>= 1) {
    if (e & 1) result = result === undefined ? square : p.mul(result, square);
    if (e > 1) square = p.mul(square, square);
  }
  return exponent < 0 ? p.reciprocal(result as Tensor) : (result as Tensor);
}

/** x². */
export const square = (x: TensorLike): Tensor => pow(x, 2);

/** Larger of x and y; NaN wins; where they are equal each gets half of the gradient. */
export const maximum = (x: TensorLike, y: TensorLike): Tensor => p.max(...unify("maximum", x, y));

/** Smaller of x and y; NaN wins; where they are equal each gets half of the gradient. */
export const minimum = (x: TensorLike, y: TensorLike): Tensor => p.min(...unify("minimum", x, y));

/** Angle in radians, −π … π, of the point (x, y). */
export const atan2 = (y: TensorLike, x: TensorLike): Tensor =>
  p.atan2(...unifyFloats("atan2", y, x));

/** √(x² + y²) without overflow; an infinity wins over NaN. The gradient at the origin is 0. */
export function hypot(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = unifyFloats("hypot", x, y);
  const at = (value: number): Tensor => constantLike(a, value);
  const big = p.max(p.abs(a), p.abs(b));
  // √((a/s)² + (b/s)²) · s is the same for every s, so s is constant to derivatives.
  const usable = p.and(p.gt(big, at(0)), p.isFiniteNumber(big));
  const s = stopGradient(p.select(usable, big, at(1)));
  const [u, v] = [p.div(a, s), p.div(b, s)];
  const squares = p.add(p.mul(u, u), p.mul(v, v));
  const zero = p.eq(squares, at(0));
  const length = p.mul(p.sqrt(p.select(zero, at(1), squares)), s);
  const endless = p.or(p.eq(p.abs(a), at(Infinity)), p.eq(p.abs(b), at(Infinity)));
  return p.select(endless, at(Infinity), p.select(zero, at(0), length));
}

/** −x. */
export function neg(x: TensorLike): Tensor {
  const t = toTensor(x);
  return p.neg(t.dtype === "bool" ? p.cast(t, "i32") : t);
}

/** |x|. */
export const abs = (x: TensorLike): Tensor => p.abs(toTensor(x));

/** −1, 0 or 1; NaN stays NaN. */
export const sign = (x: TensorLike): Tensor => p.sign(toTensor(x));

/** 1 / x. */
export const reciprocal = (x: TensorLike): Tensor => p.reciprocal(toFloat(x));

/**
 * x limited to low … high; either bound may be `undefined` for none.
 *
 * @throws ArgumentError when both bounds are numbers and low > high
 */
export function clip(
  x: TensorLike,
  low: TensorLike | undefined,
  high: TensorLike | undefined,
): Tensor {
  if (typeof low === "number" && typeof high === "number" && low > high) {
    throw new ArgumentError(`clip: expected low ≤ high; got low = ${low}, high = ${high}`, {
      low,
      high,
    });
  }
  const above = low === undefined ? toTensor(x) : maximum(x, low);
  return high === undefined ? above : minimum(above, high);
}
