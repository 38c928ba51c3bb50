import type { Aval, JvpResult, Primitive, Tangent } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import { dropAxes } from "../shape";
import type { Tensor } from "../tensor";
import { batchLeading, nextAxis } from "./batching";
import { cumulative, shift } from "./cumulative";
import { cast, div, eq, mul } from "./elementwise";
import { broadcastInDim } from "./movement";

/** How a reduction combines elements. */
export type ReduceKind = "sum" | "prod" | "max" | "min" | "any" | "all";

/** Parameters of a reduction: sorted axes, which leave the shape. */
export interface ReduceParams {
  readonly axes: readonly number[];
}

/** A primitive that combines elements along axes; elementwise producers may be fused into it. */
export interface Reduction extends Primitive<ReduceParams> {
  readonly reduction: ReduceKind;
}

/** True for reductions. */
export const isReduction = (p: Primitive): p is Reduction => "reduction" in p;

const shifted = ({ axes }: ReduceParams): ReduceParams => ({ axes: axes.map((a) => a + 1) });

/** The operand of a reduction again, from its result: repeated along the reduced axes. */
const unreduce = (y: Tensor, input: Aval, axes: readonly number[]): Tensor =>
  broadcastInDim(
    y,
    input.shape,
    input.shape.map((_, i) => i).filter((i) => !axes.includes(i)),
  );

function define(
  kind: ReduceKind,
  tangent?: (t: Tensor, x: Tensor, y: Tensor, params: ReduceParams) => Tensor,
  transpose?: Primitive<ReduceParams>["transpose"],
): (x: Tensor, axes: readonly number[]) => Tensor {
  const self: Reduction = {
    name: `reduce${kind[0]?.toUpperCase()}${kind.slice(1)}`,
    reduction: kind,
    shape: ([x], { axes }) => [
      { shape: dropAxes((x as Aval).shape, axes), dtype: (x as Aval).dtype },
    ],
    jvp: ([x], [t], params): JvpResult => {
      const y = bind1(self, [x as Tensor], params);
      return {
        primals: [y],
        tangents: [t == null || !tangent ? null : tangent(t, x as Tensor, y, params)],
      };
    },
    ...(transpose && { transpose }),
    batch: batchLeading(shifted),
  };
  return (x, axes) => (axes.length === 0 ? x : bind1(self, [x], { axes }));
}

/** The extremum's tangent is the mean of the tangents of all elements that attain it. */
function extremumTangent(t: Tensor, x: Tensor, y: Tensor, { axes }: ReduceParams): Tensor {
  const attained = cast(eq(x, unreduce(y, x, axes)), x.dtype);
  return div(reduceSum(mul(t, attained), axes), reduceSum(attained, axes));
}

/** Derivative of a product: each tangent times the product of all other elements, exact with zeros. */
function productTangent(t: Tensor, x: Tensor, _y: Tensor, { axes }: ReduceParams): Tensor {
  // One axis at a time: the products over the inner axes are factors of the outer product.
  const last = axes[axes.length - 1] as number;
  const others = mul(exclusiveProduct(x, last, false), exclusiveProduct(x, last, true));
  const inner = reduceSum(mul(t, others), [last]);
  if (axes.length === 1) return inner;
  const product = reduceProd(x, [last]);
  return productTangent(inner, product, product, { axes: axes.slice(0, -1) });
}

/** Product of the elements before (or after) each element along an axis. */
const exclusiveProduct = (x: Tensor, axis: number, reverse: boolean): Tensor =>
  cumulative(shift(x, axis, reverse, 1), "prod", axis, reverse);

/** Sum along axes. */
export const reduceSum: (x: Tensor, axes: readonly number[]) => Tensor = define(
  "sum",
  (t, _x, _y, { axes }) => reduceSum(t, axes),
  ([ct], [x], { axes }): Tangent[] => [ct == null ? null : unreduce(ct, x as Aval, axes)],
);
/** Product along axes. */
export const reduceProd: (x: Tensor, axes: readonly number[]) => Tensor = define(
  "prod",
  productTangent,
);
/** Maximum along axes; NaN wins. */
export const reduceMax: (x: Tensor, axes: readonly number[]) => Tensor = define(
  "max",
  extremumTangent,
);
/** Minimum along axes; NaN wins. */
export const reduceMin: (x: Tensor, axes: readonly number[]) => Tensor = define(
  "min",
  extremumTangent,
);
/** Whether any element is true. */
export const reduceAny: (x: Tensor, axes: readonly number[]) => Tensor = define("any");
/** Whether all elements are true. */
export const reduceAll: (x: Tensor, axes: readonly number[]) => Tensor = define("all");

interface ArgReduceParams {
  readonly kind: "max" | "min";
  readonly axis: number;
}

const argReducePrimitive: Primitive<ArgReduceParams> = {
  name: "argReduce",
  shape: ([x], { axis }) => [{ shape: dropAxes((x as Aval).shape, [axis]), dtype: "i32" }],
  batch: batchLeading(nextAxis),
};

/** Index of the first extremum along an axis. */
export const argReduce = (x: Tensor, kind: "max" | "min", axis: number): Tensor =>
  bind1(argReducePrimitive, [x], { kind, axis });
