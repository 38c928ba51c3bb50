import {
  ArgumentError,
  concat,
  range,
  ShapeError,
  stopGradient,
  type Tensor,
  tensor,
} from "@x/tensor";
import { byRunning } from "./batch-norm";
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
import { type RunningState, runningInit } from "./internal/running";
import type { StatefulLayer } from "./types";

/** Options of {@link ghostBatchNorm}. */
export interface GhostBatchNormOptions {
  /** Channels, axis 1 of x. */
  readonly features: number;
  /** Examples that are normalised together, ≥ 2; default 128. */
  readonly ghostSize?: number;
  /** Share of a ghost in the running statistics, 0 … 1; default 0.1. */
  readonly momentum?: number;
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Scale and shift by parameters; default true. */
  readonly affine?: boolean;
}

/**
 * Batch norm on small parts of a large batch, so that large batches regularise and generalise like small ones.
 *
 * The examples, in order, make ghosts of S; a smaller rest is a ghost of its own, a single example joins the last.
 * Each ghost is normalised by its own mean and biased variance; scale and shift are shared. The running statistics
 * pass over the ghosts one after the other: μ ← (1 − m)^K μ + Σ_l m (1 − m)^{K−l} μ_l, variances unbiased.
 *
 * @param options - sizes and constants
 * @returns a stateful layer [batch, features, …] → the same shape; `num_batches_tracked` counts ghosts
 * @throws ArgumentError when ghostSize is less than 2
 * @throws ShapeError when the channels differ, or in training with a single example
 * @see Hoffer, Hubara & Soudry 2017, algorithm 1
 * @example
 * const layer = ghostBatchNorm({ features: 64, ghostSize: 32 });
 * const { params, state } = layer.init(random.key(0));
 * const [y, next] = layer.apply(params, state, ones([256, 64]), { train: true });
 */
export function ghostBatchNorm(
  options: GhostBatchNormOptions,
): StatefulLayer<AffineParams, RunningState> {
  const { features, ghostSize = 128, momentum = 0.1, eps = 1e-5, affine = true } = options;
  checkSize("ghostBatchNorm", "features", features);
  checkSize("ghostBatchNorm", "ghostSize", ghostSize);
  checkBetween("ghostBatchNorm", "momentum", momentum, 0, 1);
  checkBetween("ghostBatchNorm", "eps", eps, 0, Infinity);
  if (ghostSize < 2) {
    throw new ArgumentError(
      `ghostBatchNorm: expected ghostSize ≥ 2, as one example has no variance; got ${ghostSize}`,
      { ghostSize },
    );
  }
  return {
    dims: affineDims(affine, affine),
    init: (_, initOptions = {}) => ({
      params: affineInit([features], affine, affine, initOptions),
      state: runningInit(features, initOptions),
    }),
    apply: (params, state, x, options) => {
      checkStateful("ghostBatchNorm", state, options);
      checkFeatures("ghostBatchNorm", x, 1, features, 2);
      if (!options.train) return [byRunning(params, state, x, eps, features), state];
      const ghosts = ghostsOf(x, ghostSize).map((part) => normalizeGhosts(part, params, eps));
      const y = ghosts.length === 1 ? ghosts[0]?.y : concat(ghosts.map((g) => g.y));
      const all = (f: (g: Ghosts) => Tensor): Tensor => stopGradient(concat(ghosts.map(f)));
      const mean = all((g) => g.mean);
      const next = pass(
        state,
        mean,
        all((g) => g.unbiased),
        momentum,
      );
      return [y as Tensor, next];
    },
  };
}

/** x as [ghosts, size, channels, …], in one part of equal ghosts and at most one of another size. */
function ghostsOf(x: Tensor, ghostSize: number): Tensor[] {
  const [n, ...rest] = x.shape as [number, ...number[]];
  if (n < 2) {
    throw new ShapeError(
      `ghostBatchNorm: expected at least two examples in training; got shape [${x.shape.join(", ")}]; use a larger batch or train: false`,
      { shape: x.shape },
    );
  }
  const size = Math.min(n, ghostSize);
  const whole = Math.floor(n / size);
  const equal = n % size === 1 ? whole - 1 : whole;
  const cut = equal * size;
  const parts: Tensor[] = [];
  if (equal > 0) parts.push(x.at(range(0, cut)).reshape([equal, size, ...rest]));
  if (cut < n) parts.push(x.at(range(cut, n)).expandDims(0));
  return parts;
}

interface Ghosts {
  /** [examples, channels, …]. */
  readonly y: Tensor;
  /** [ghosts, channels]. */
  readonly mean: Tensor;
  /** [ghosts, channels]. */
  readonly unbiased: Tensor;
}

function normalizeGhosts(x: Tensor, params: AffineParams, eps: number): Ghosts {
  const [ghosts, size, features, ...spatial] = x.shape as [number, number, number, ...number[]];
  const batch = moments(x, [1, ...axesFrom(x, 3)]);
  const count = spatial.reduce((a, b) => a * b, size);
  const rows = alongChannels(x.at(0), features);
  return {
    y: rescale(batch, params, eps, rows).reshape([ghosts * size, features, ...spatial]),
    mean: batch.mean.reshape([ghosts, features]),
    unbiased: batch.variance.mul(count / (count - 1)).reshape([ghosts, features]),
  };
}

/** The running statistics behind all ghosts, in closed form. */
function pass(
  state: RunningState,
  means: Tensor,
  variances: Tensor,
  momentum: number,
): RunningState {
  const ghosts = means.shape[0] as number;
  const shares = Array.from(
    { length: ghosts },
    (_, l) => momentum * (1 - momentum) ** (ghosts - 1 - l),
  );
  const behind = (old: Tensor, each: Tensor): Tensor => {
    const weights = tensor(shares, { dtype: old.dtype });
    return old.mul((1 - momentum) ** ghosts).add(weights.matmul(each.cast(old.dtype)));
  };
  return {
    running_mean: behind(state.running_mean, means),
    running_var: behind(state.running_var, variances),
    num_batches_tracked: state.num_batches_tracked.add(ghosts),
  };
}
