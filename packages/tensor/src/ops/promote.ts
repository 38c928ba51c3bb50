import { dtypeBeside, fromNested, tensor } from "../creation";
import { type DType, fits, isFloat } from "../dtype";
import { ArgumentError } from "../errors";
import { checkList } from "../internal/check-argument";
import { constant } from "../primitives/constants";
import { cast } from "../primitives/elementwise";
import { broadcastInDim } from "../primitives/movement";
import { broadcastShapes, type Shape } from "../shape";
import { isTensor, type Tensor, type TensorLike } from "../tensor";

const rank: Record<DType, number> = { bool: 0, u8: 1, i32: 2, u32: 2, f32: 3, f64: 4 };

/**
 * The dtype that holds the result of an operation on two dtypes:
 * bool < u8 < i32, u32 < f32 < f64.
 *
 * @throws ArgumentError for i32 with u32, which no dtype here holds exactly
 */
function promoteTypes(operation: string, a: DType, b: DType): DType {
  if (a === b) return a;
  if (rank[a] === rank[b]) {
    throw new ArgumentError(
      `${operation}: i32 and u32 have no common integer type; cast one of them first`,
      { operation, dtypes: [a, b] },
    );
  }
  return rank[a] > rank[b] ? a : b;
}

/** A tensor from what a user may pass for one; numbers, also nested ones, take the dtype that suits `beside`. */
export function toTensor(x: TensorLike, beside: DType = "f32", operation?: string): Tensor {
  if (isTensor(x)) return x;
  if (typeof x === "number" || typeof x === "boolean")
    return constant(Number(x), [], dtypeBeside([x], beside));
  return ArrayBuffer.isView(x) ? tensor(x) : fromNested(x, {}, beside, operation);
}

/** x repeated to `shape` under the broadcasting rule; the shapes were checked. */
export function broadcastUnchecked(x: Tensor, shape: Shape): Tensor {
  const lead = shape.length - x.shape.length;
  return broadcastInDim(
    x,
    shape,
    x.shape.map((_, i) => lead + i),
  );
}

/** Operands as tensors of one dtype and one shape. */
export function unify(operation: string, x: TensorLike, y: TensorLike): readonly [Tensor, Tensor] {
  const [a, b] = unifyTypes(operation, x, y);
  const shape = broadcastShapes(operation, a.shape, b.shape);
  return [broadcastUnchecked(a, shape), broadcastUnchecked(b, shape)];
}

/** Operands as tensors of one dtype, shapes as they are. */
export function unifyTypes(
  operation: string,
  x: TensorLike,
  y: TensorLike,
): readonly [Tensor, Tensor] {
  const a = beside(operation, x, isTensor(y) ? y.dtype : "f32");
  const b = beside(operation, y, a.dtype);
  const dtype = promoteTypes(operation, a.dtype, b.dtype);
  return [cast(a, dtype), cast(b, dtype)];
}

/** Tensors of one dtype. */
export function unifyAll(operation: string, xs: readonly TensorLike[]): Tensor[] {
  checkList(operation, "the tensors", xs);
  if (xs.length === 0) {
    throw new ArgumentError(`${operation}: expected at least one tensor; got none`, { operation });
  }
  const first = xs.reduce<Tensor>(
    (a, x) => unifyTypes(operation, a, x)[0],
    toTensor(xs.find(isTensor) ?? xs[0]!),
  );
  return xs.map((x) => unifyTypes(operation, x, first)[0]);
}

/** {@link toTensor}, refusing numbers that the integers beside them cannot hold. */
function beside(operation: string, x: TensorLike, dtype: DType): Tensor {
  const t = toTensor(x, dtype, operation);
  if (isTensor(x) || isFloat(dtype) || t.dtype !== dtype) return t;
  const numbers = ([x] as unknown[]).flat(Infinity);
  const value = numbers.find((v) => typeof v === "number" && !fits(v, dtype));
  if (value === undefined) return t;
  throw new ArgumentError(
    `${operation}: the number ${value} does not fit ${dtype}, the dtype of the other operand; cast that first`,
    { operation, value, dtype },
  );
}

/** An operand as a float tensor: integers become f32. */
export function toFloat(x: TensorLike, beside?: DType): Tensor {
  const t = toTensor(x, beside);
  return isFloat(t.dtype) ? t : cast(t, "f32");
}

/** Operands as floats of one dtype and one shape. */
export function unifyFloats(
  operation: string,
  x: TensorLike,
  y: TensorLike,
): readonly [Tensor, Tensor] {
  const [a, b] = unify(operation, x, y);
  return [toFloat(a), toFloat(b)];
}

/** bool and u8 operands are counted in i32. */
export const countable = (a: Tensor, b: Tensor): readonly [Tensor, Tensor] =>
  a.dtype === "bool" || a.dtype === "u8" ? [cast(a, "i32"), cast(b, "i32")] : [a, b];
