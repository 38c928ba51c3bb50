import { random, type Shape, type Tensor } from "@x/tensor";
import type { InitOptions } from "../types";

/** Uniform numbers in [−bound, bound): what PyTorch's layers begin with, bound = 1 / √fan-in. */
export const symmetricUniform = (
  key: Tensor,
  shape: Shape,
  bound: number,
  { dtype = "f32" }: InitOptions,
): Tensor =>
  random
    .uniform(key, shape, { dtype })
    .mul(2 * bound)
    .sub(bound);
