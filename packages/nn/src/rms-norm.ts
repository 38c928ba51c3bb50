import { ones, type Tensor } from "@x/tensor";
import { checkBetween, checkFeatures, checkSize } from "./internal/check";
import type { Layer } from "./types";

/** Parameters of {@link rmsNorm}. */
export interface RmsNormParams {
  /** [features]. */
  readonly weight: Tensor;
}

/** Options of {@link rmsNorm}. */
export interface RmsNormOptions {
  /** Added to the mean square; default 1e-6. */
  readonly eps?: number;
}

/**
 * Divides the last axis by its root mean square.
 *
 * y = x / √(mean x² + ε) · w.
 *
 * @param features - length of the last axis
 * @returns a layer [..., features] → the same shape
 * @throws ShapeError when the last axis has another length
 * @see Zhang & Sennrich 2019
 * @example
 * const layer = rmsNorm(64);
 * layer.apply(layer.init(random.key(0)), ones([8, 64])).shape // [8, 64]
 */
export function rmsNorm(features: number, options: RmsNormOptions = {}): Layer<RmsNormParams> {
  const { eps = 1e-6 } = options;
  checkSize("rmsNorm", "features", features);
  checkBetween("rmsNorm", "eps", eps, 0, Infinity);
  return {
    dims: { weight: {} },
    init: (_, { dtype = "f32" } = {}) => ({ weight: ones([features], { dtype }) }),
    apply: ({ weight }, x) => {
      checkFeatures("rmsNorm", x, -1, features, 1);
      return x.mul(x.square().mean(-1, { keepDims: true }).add(eps).rsqrt()).mul(weight);
    },
  };
}
