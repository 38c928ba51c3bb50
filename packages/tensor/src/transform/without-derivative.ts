import { isFloat } from "../dtype";
import { ArgumentError } from "../errors";
import type { Primitive } from "../internal/primitive";
import { bind } from "../internal/trace";
import type { Tensor } from "../tensor";

/**
 * Applies a primitive that has no derivative: its integer and boolean results are constants to differentiation.
 *
 * @throws ArgumentError when a result is a float, whose zero derivative would be a silent error
 */
export function withoutDerivative(
  transformation: string,
  primitive: Primitive,
  primals: readonly Tensor[],
  params: unknown,
): readonly Tensor[] {
  const outputs = bind(primitive, primals, params);
  if (outputs.some((y) => isFloat(y.dtype))) {
    throw new ArgumentError(
      `${transformation}: ${primitive.name} has no derivative; put stopGradient before it to treat its result as a constant`,
      { primitive: primitive.name },
    );
  }
  return outputs;
}
