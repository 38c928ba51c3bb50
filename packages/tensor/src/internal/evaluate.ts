import { runEager } from "../cpu/eager";
import { wrap } from "../creation";
import type { TypedArray } from "../dtype";
import { sizeOf } from "../shape";
import { type Concrete, Tensor } from "../tensor";
import { commonDevice } from "./device";
import type { Aval, Primitive } from "./primitive";
import { readConcrete } from "./read";

/** Applies a primitive to concrete tensors. */
export function evaluate(
  primitive: Primitive,
  inputs: readonly Tensor[],
  params: unknown,
): readonly Tensor[] {
  const device = commonDevice(primitive.name, inputs);
  if (primitive.evaluate !== undefined && device === undefined)
    return primitive.evaluate(inputs, params);
  const outputs = primitive.shape(inputs, params);
  const seen = primitive.view === undefined ? undefined : view(primitive, inputs, outputs, params);
  if (seen !== undefined) return seen;
  if (device !== undefined) return device.evaluate(primitive, inputs, outputs, params);
  if (primitive.host !== undefined) {
    const arrays = inputs.map((x) => readConcrete(x.shape, x.concrete as Concrete, primitive.name));
    const results = primitive.host(arrays, inputs, params);
    return outputs.map((y, i) => wrap(results[i] as TypedArray, y.shape, y.dtype));
  }
  return runEager(primitive, inputs, outputs, params);
}

/** The result of a movement as a window on its operand's storage, if that is possible. */
function view(
  primitive: Primitive,
  [x]: readonly Tensor[],
  [aval]: readonly Aval[],
  params: unknown,
): readonly Tensor[] | undefined {
  const { shape, dtype } = aval as Aval;
  const { storage, offset, strides } = (x as Tensor).concrete as Concrete;
  if (sizeOf(shape) === 0)
    return [Tensor.concrete(shape, dtype, { storage, offset, strides: shape.map(() => 0) })];
  const layout = { shape: (x as Tensor).shape, offset, strides };
  const to = primitive.view?.(layout, shape, params);
  if (to === undefined) return undefined;
  return [Tensor.concrete(shape, dtype, { storage, offset: to.offset, strides: to.strides })];
}
