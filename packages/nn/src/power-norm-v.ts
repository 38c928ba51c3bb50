import { checkBetween, checkFeatures, checkSize } from "./internal/check";
import { type AffineParams, affineDims, affineInit } from "./internal/normalize";
import type { Layer } from "./types";

/** Options of {@link powerNormV}. */
export interface PowerNormVOptions {
  /** Length of the last axis. */
  readonly features: number;
  /** Added to the quadratic mean; default 0. */
  readonly eps?: number;
}

/**
 * {@link powerNorm} without running statistics: every feature is divided by its quadratic mean over the batch.
 *
 * y = w x / √(ψ_B² + ε) + b, ψ_B² = mean x² over all axes but the last; dx = (g − x̂ mean(g x̂)) / ψ_B, g = w dy.
 *
 * @param options - sizes and constants
 * @returns a layer [..., features] → the same shape
 * @throws ShapeError when the features differ
 * @see Shen et al. 2020, §4.1
 * @example
 * const layer = powerNormV({ features: 64 });
 * layer.apply(layer.init(random.key(0)), ones([8, 10, 64])).shape // [8, 10, 64]
 */
export function powerNormV(options: PowerNormVOptions): Layer<AffineParams> {
  const { features, eps = 0 } = options;
  checkSize("powerNormV", "features", features);
  checkBetween("powerNormV", "eps", eps, 0, Infinity);
  return {
    dims: affineDims(true, true),
    init: (_, initOptions = {}) => affineInit([features], true, true, initOptions),
    apply: ({ weight, bias }, x) => {
      checkFeatures("powerNormV", x, -1, features, 1);
      const rows = x.shape.map((_, i) => i).slice(0, -1);
      const scale = x.square().mean(rows, { keepDims: true }).add(eps).rsqrt();
      const y = x.mul(weight === null ? scale : scale.mul(weight));
      return bias === null ? y : y.add(bias);
    },
  };
}
