import { applyUpdates, type GradientTransformation } from "@x/optim";
import { jit, type Tensor, valueAndGrad } from "@x/tensor";
import type { Trainer } from "../../../tensor/bench/models/trainer";
import type { OurNetwork } from "./network";

/** Training with @x/optim: gradient and update in one compiled function that takes over its arguments' memory. */
export function trainOurs(
  { loss, parameters, x, y }: OurNetwork,
  optimizer: GradientTransformation,
): Trainer {
  type Place = { p: Record<string, Tensor>; state: ReturnType<typeof optimizer.init> };
  const step = jit(
    ({ p, state }: Place, x: Tensor, y: Tensor) => {
      const [value, gradients] = valueAndGrad(loss)(p, x, y);
      const result = optimizer.update(gradients, state, p);
      return { place: { p: applyUpdates(p, result.updates), state: result.state }, value };
    },
    { donate: [0] },
  );
  let place: Place = { p: parameters, state: optimizer.init(parameters) };
  let value: Tensor | undefined;
  return {
    step() {
      ({ place, value } = step(place, x, y));
    },
    loss: () => value?.item() ?? Number.NaN,
  };
}
