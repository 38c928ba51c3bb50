import { matmul, random, type Tensor } from "@x/tensor";
import { checkFeatures, checkSize } from "./internal/check";
import { symmetricUniform } from "./internal/symmetric-uniform";
import type { Layer } from "./types";

/** Parameters of {@link linear}. */
export interface LinearParams {
  /** [outputs, inputs]. */
  readonly weight: Tensor;
  /** [outputs]; null without bias. */
  readonly bias: Tensor | null;
}

/** Options of {@link linear}. */
export interface LinearOptions {
  /** Add a bias; default true. */
  readonly bias?: boolean;
}

/**
 * Affine map of the last axis.
 *
 * y = x Wᵀ + b. Weight and bias begin uniform in ±1/√inputs.
 *
 * @param inputs - length of the last axis of x
 * @param outputs - length of the last axis of y
 * @returns a layer [..., inputs] → [..., outputs]
 * @throws ArgumentError when a size is not a positive integer
 * @throws ShapeError when the last axis of x has another length
 * @example
 * const layer = linear(3, 2);
 * layer.apply(layer.init(random.key(0)), ones([5, 3])).shape // [5, 2]
 */
export function linear(
  inputs: number,
  outputs: number,
  options: LinearOptions = {},
): Layer<LinearParams> {
  const { bias = true } = options;
  checkSize("linear", "inputs", inputs);
  checkSize("linear", "outputs", outputs);
  return {
    dims: { weight: { out: 0, in: 1 }, bias: bias ? {} : null },
    init: (key, initOptions = {}) => {
      const [forWeight, forBias] = random.split(key);
      const bound = 1 / Math.sqrt(inputs);
      return {
        weight: symmetricUniform(forWeight, [outputs, inputs], bound, initOptions),
        bias: bias ? symmetricUniform(forBias, [outputs], bound, initOptions) : null,
      };
    },
    apply: ({ weight, bias: offset }, x) => {
      checkFeatures("linear", x, -1, inputs, 1);
      const y = matmul(x, weight.T);
      return offset === null ? y : y.add(offset);
    },
  };
}
