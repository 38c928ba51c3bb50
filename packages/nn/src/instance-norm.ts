import { stopGradient, type Tensor } from "@x/tensor";
import { byRunning, checkCount } from "./batch-norm";
import { normalizeGroups } from "./group-norm";
import { checkBetween, checkFeatures, checkSize, checkStateful } from "./internal/check";
import {
  type AffineParams,
  affineDims,
  affineInit,
  alongChannels,
  axesFrom,
  moments,
  rescale,
} from "./internal/normalize";
import { type RunningState, runningInit, updateRunning } from "./internal/running";
import type { Layer, StatefulLayer } from "./types";

/** Options of {@link instanceNorm}. */
export interface InstanceNormOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Scale and shift by parameters; default false. */
  readonly affine?: boolean;
  /** Keep running statistics for evaluation, which makes the layer stateful; default false. */
  readonly trackStats?: boolean;
  /** Share of a new batch in the running statistics, 0 … 1; null averages all batches. Default 0.1. */
  readonly momentum?: number | null;
}

/**
 * Normalises every channel of every example by itself.
 *
 * y = (x − μ) / √(σ² + ε) with the biased variance over the spatial axes.
 *
 * @param features - channels, axis 1 of x
 * @returns a layer [batch, features, …] → the same shape; stateful with `trackStats`
 * @throws ShapeError when the channels differ or there are no spatial axes
 * @see Ulyanov, Vedaldi & Lempitsky 2016
 * @example
 * const layer = instanceNorm(3);
 * layer.apply(layer.init(random.key(0)), ones([2, 3, 8, 8])).shape // [2, 3, 8, 8]
 */
export function instanceNorm(
  features: number,
  options: InstanceNormOptions & { readonly trackStats: true },
): StatefulLayer<AffineParams, RunningState>;
export function instanceNorm(
  features: number,
  options?: InstanceNormOptions & { readonly trackStats?: false },
): Layer<AffineParams>;
export function instanceNorm(
  features: number,
  options: InstanceNormOptions = {},
): Layer<AffineParams> | StatefulLayer<AffineParams, RunningState> {
  const { eps = 1e-5, affine = false, trackStats = false, momentum = 0.1 } = options;
  checkSize("instanceNorm", "features", features);
  checkBetween("instanceNorm", "momentum", momentum ?? 0, 0, 1);
  checkBetween("instanceNorm", "eps", eps, 0, Infinity);
  if (trackStats) return tracked(features, eps, affine, momentum);
  return {
    dims: affineDims(affine, affine),
    init: (_, initOptions = {}) => affineInit([features], affine, affine, initOptions),
    apply: (params: AffineParams, x: Tensor) => {
      checkFeatures("instanceNorm", x, 1, features, 3);
      return normalizeGroups(x, params, features, features, eps);
    },
  };
}

function tracked(
  features: number,
  eps: number,
  affine: boolean,
  momentum: number | null,
): StatefulLayer<AffineParams, RunningState> {
  return {
    dims: affineDims(affine, affine),
    init: (_, initOptions = {}) => ({
      params: affineInit([features], affine, affine, initOptions),
      state: runningInit(features, initOptions),
    }),
    apply: (params, state, x, options) => {
      checkStateful("instanceNorm", state, options);
      checkFeatures("instanceNorm", x, 1, features, 3);
      if (!options.train) return [byRunning(params, state, x, eps, features), state];
      const spatial = axesFrom(x, 2);
      const count = spatial.reduce((n, axis) => n * (x.shape[axis] as number), 1);
      checkCount("instanceNorm", x, count);
      const own = moments(x, spatial);
      // The running statistics are the means over the examples.
      const mean = stopGradient(own.mean).mean(0).reshape([features]);
      const variance = stopGradient(own.variance).mean(0).reshape([features]);
      const next = updateRunning(state, mean, variance.mul(count / (count - 1)), momentum);
      return [rescale(own, params, eps, alongChannels(x, features)), next];
    },
  };
}
