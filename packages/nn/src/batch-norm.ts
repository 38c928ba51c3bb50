import { ShapeError, stopGradient, type Tensor } from "@x/tensor";
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
import type { StatefulLayer } from "./types";

/** Options of {@link batchNorm}. */
export interface BatchNormOptions {
  /** Share of a new batch in the running statistics, 0 … 1; null averages all batches. Default 0.1. */
  readonly momentum?: number | null;
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Scale and shift by parameters; default true. */
  readonly affine?: boolean;
}

/**
 * Normalises every channel by the statistics of the batch in training, by running statistics otherwise.
 *
 * y = (x − μ) / √(σ² + ε) · w + b over batch and spatial axes, with the biased variance; the running variance is
 * the unbiased one: running ← (1 − m) running + m · batch.
 *
 * @param features - channels, axis 1 of x
 * @returns a stateful layer [batch, features, …] → the same shape
 * @throws ShapeError when the channels differ, or in training with fewer than two elements for each channel
 * @see Ioffe & Szegedy 2015
 * @example
 * const layer = batchNorm(3);
 * const { params, state } = layer.init(random.key(0));
 * const [y, next] = layer.apply(params, state, ones([8, 3, 4, 4]), { train: true });
 */
export function batchNorm(
  features: number,
  options: BatchNormOptions = {},
): StatefulLayer<AffineParams, RunningState> {
  const { momentum = 0.1, eps = 1e-5, affine = true } = options;
  checkSize("batchNorm", "features", features);
  checkBetween("batchNorm", "momentum", momentum ?? 0, 0, 1);
  checkBetween("batchNorm", "eps", eps, 0, Infinity);
  return {
    dims: affineDims(affine, affine),
    init: (_, initOptions = {}) => ({
      params: affineInit([features], affine, affine, initOptions),
      state: runningInit(features, initOptions),
    }),
    apply: (params, state, x, options) => {
      checkStateful("batchNorm", state, options);
      checkFeatures("batchNorm", x, 1, features, 2);
      if (!options.train) return [byRunning(params, state, x, eps, features), state];
      const count = x.size / features;
      checkCount("batchNorm", x, count);
      const batch = moments(x, [0, ...axesFrom(x, 2)]);
      const y = rescale(batch, params, eps, alongChannels(x, features));
      const unbiased = batch.variance.mul(count / (count - 1)).reshape([features]);
      return [y, updateRunning(state, batch.mean.reshape([features]), unbiased, momentum)];
    },
  };
}

/** @throws ShapeError unless there are at least two elements to take a variance of */
export function checkCount(operation: string, x: Tensor, count: number): void {
  if (count >= 2) return;
  throw new ShapeError(
    `${operation}: expected at least two elements per channel in training; got ${count} from shape [${x.shape.join(", ")}]; use a larger batch or train: false`,
    { shape: x.shape },
  );
}

/** Normalisation by running statistics, which are constants to differentiation. */
export function byRunning(
  params: AffineParams,
  state: RunningState,
  x: Tensor,
  eps: number,
  features: number,
): Tensor {
  const shape = alongChannels(x, features);
  const inverse = stopGradient(state.running_var).reshape(shape).add(eps).rsqrt();
  const scale = params.weight === null ? inverse : inverse.mul(params.weight.reshape(shape));
  const y = x.sub(stopGradient(state.running_mean).reshape(shape)).mul(scale);
  return params.bias === null ? y : y.add(params.bias.reshape(shape));
}
