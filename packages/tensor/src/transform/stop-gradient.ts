import type { Aval, Primitive } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import { toTensor } from "../ops/promote";
import type { Tensor, TensorLike } from "../tensor";

/** The identity with no derivative: everything before it drops out of the linear program. */
const stopGradientPrimitive: Primitive<Record<never, never>> = {
  name: "stopGradient",
  shape: ([x]) => [x as Aval],
  view: ({ offset, strides }) => ({ offset, strides }),
  jvp: ([x]) => ({ primals: [stopGradient(x as Tensor)], tangents: [null] }),
  batch: ([x], [axis]) => ({ outputs: [stopGradient(x as Tensor)], axes: [axis ?? null] }),
};

/**
 * The same values, treated as constants by differentiation.
 *
 * What only feeds a `stopGradient` is not recorded, and its backward pass is never computed.
 *
 * @example
 * grad((x: Tensor) => x.mul(x.stopGradient()).sum())(tensor([2, 3])) // [2, 3]
 */
export function stopGradient(x: TensorLike): Tensor {
  const t = toTensor(x);
  return t.tracer === undefined ? t : bind1(stopGradientPrimitive, [t], {});
}
