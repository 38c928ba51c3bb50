import { type DType, isFloat } from "../dtype";
import { ArgumentError } from "../errors";
import { checkDType } from "../internal/check-argument";
import * as p from "../primitives/elementwise";
import { broadcastShapes } from "../shape";
import { isTensor, type Tensor, type TensorLike } from "../tensor";
import { abs, add, mul, sub } from "./arithmetic";
import { broadcastUnchecked, toFloat, toTensor, unify, unifyFloats, unifyTypes } from "./promote";

type Binary = (x: TensorLike, y: TensorLike) => Tensor;
const comparison =
  (name: string, f: (x: Tensor, y: Tensor) => Tensor): Binary =>
  (x, y) =>
    f(...unify(name, x, y));

/** x = y, element by element: bool. */
export const equal: Binary = comparison("equal", (x, y) => p.eq(x, y));
/** x ≠ y; true for NaN. */
export const notEqual: Binary = comparison("notEqual", (x, y) => p.ne(x, y));
/** x < y. */
export const less: Binary = comparison("less", (x, y) => p.lt(x, y));
/** x ≤ y. */
export const lessEqual: Binary = comparison("lessEqual", (x, y) => p.le(x, y));
/** x > y. */
export const greater: Binary = comparison("greater", (x, y) => p.gt(x, y));
/** x ≥ y. */
export const greaterEqual: Binary = comparison("greaterEqual", (x, y) => p.ge(x, y));

/** A truth value for each element: numbers are true unless 0. */
const toBool = (x: TensorLike): Tensor => p.cast(toTensor(x), "bool");

/** x ∧ y on truth values. */
export const logicalAnd: Binary = (x, y) => p.and(...unify("logicalAnd", toBool(x), toBool(y)));
/** x ∨ y on truth values. */
export const logicalOr: Binary = (x, y) => p.or(...unify("logicalOr", toBool(x), toBool(y)));
/** Exactly one of x and y. */
export const logicalXor: Binary = (x, y) => p.xor(...unify("logicalXor", toBool(x), toBool(y)));
/** ¬x on truth values. */
export const logicalNot = (x: TensorLike): Tensor => p.not(toBool(x));

/** Operands of one integer dtype or bool; without a tensor among them, i32. */
function integers(operation: string, x: TensorLike, y: TensorLike): readonly [Tensor, Tensor] {
  const [a, b] = unify(operation, isTensor(y) ? x : toTensor(x, "i32"), y);
  return [toInteger(operation, a), b];
}

function toInteger(operation: string, x: TensorLike): Tensor {
  const t = toTensor(x, "i32");
  if (!isFloat(t.dtype)) return t;
  throw new ArgumentError(
    `${operation}: expected integer or bool operands; got ${typeof x === "number" ? x : t.dtype}; cast first`,
    { operation },
  );
}

/** Truth values are shifted as the integers 0 and 1. */
const shifted =
  (name: string, f: (x: Tensor, y: Tensor) => Tensor): Binary =>
  (x, y) => {
    const [a, b] = integers(name, x, y);
    return a.dtype === "bool" ? f(p.cast(a, "i32"), p.cast(b, "i32")) : f(a, b);
  };

/** Bits of x and y. Numbers take the other operand's integer dtype. */
export const bitwiseAnd: Binary = (x, y) => p.and(...integers("bitwiseAnd", x, y));
/** Bits of x or y. */
export const bitwiseOr: Binary = (x, y) => p.or(...integers("bitwiseOr", x, y));
/** Bits of exactly one of x and y. */
export const bitwiseXor: Binary = (x, y) => p.xor(...integers("bitwiseXor", x, y));
/** Bits not in x. */
export const bitwiseNot = (x: TensorLike): Tensor => p.not(toInteger("bitwiseNot", x));
/** x · 2^y in its integer type. */
export const leftShift: Binary = shifted("leftShift", (x, y) => p.shl(x, y));
/** ⌊x / 2^y⌋: arithmetic on i32, logical on u32 and u8. */
export const rightShift: Binary = shifted("rightShift", (x, y) => p.shr(x, y));

/** Which elements are NaN. */
export const isNan = (x: TensorLike): Tensor => p.isNan(toFloat(x));
/** Which elements are neither NaN nor infinite. */
// biome-ignore lint/suspicious/noShadowRestrictedNames: the field's name for it
export const isFinite = (x: TensorLike): Tensor => p.isFiniteNumber(toFloat(x));
/** Which elements are +∞ or −∞. */
export const isInf = (x: TensorLike): Tensor => {
  const t = toFloat(x);
  return p.eq(p.abs(t), toTensor(Infinity, t.dtype).broadcastTo(t.shape));
};

/**
 * |x − y| ≤ absolute + relative · |y|, element by element; equal infinities are close, NaN never is.
 *
 * @param options.relative - default 1e-5
 * @param options.absolute - default 1e-8
 * @returns bool
 * @throws ShapeError when the shapes do not broadcast
 */
export function isClose(
  x: TensorLike,
  y: TensorLike,
  options: { readonly relative?: number; readonly absolute?: number } = {},
): Tensor {
  const { relative = 1e-5, absolute = 1e-8 } = options;
  const [a, b] = unifyFloats("isClose", x, y);
  const near = p.le(...unify("isClose", abs(sub(a, b)), add(mul(abs(b), relative), absolute)));
  return p.or(p.eq(a, b), p.and(near, p.isFiniteNumber(b)));
}

/**
 * x where the condition holds, otherwise y; all three broadcast.
 *
 * Gradients flow only into the chosen branch, but a NaN inside the other one's derivative still
 * spoils it: make the argument safe with a `where` of its own.
 *
 * @param condition - true unless 0
 * @throws ShapeError when the shapes do not broadcast
 * @example
 * where([true, false], [1, 2], 0) // [1, 0]
 */
export function where(condition: TensorLike, x: TensorLike, y: TensorLike): Tensor {
  const mask = toBool(condition);
  const [a, b] = unifyTypes("where", x, y);
  const shape = broadcastShapes("where", mask.shape, a.shape, b.shape);
  return p.select(
    broadcastUnchecked(mask, shape),
    broadcastUnchecked(a, shape),
    broadcastUnchecked(b, shape),
  );
}

/** x with another dtype: floats are truncated and saturate to integers, NaN becomes 0, non-zero is true. */
export function cast(x: TensorLike, dtype: DType): Tensor {
  checkDType("cast", dtype);
  return p.cast(toTensor(x), dtype);
}
