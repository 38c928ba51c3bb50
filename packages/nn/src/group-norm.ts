import { ArgumentError, type Tensor } from "@x/tensor";
import { checkBetween, checkFeatures, checkSize } from "./internal/check";
import {
  type AffineParams,
  affineDims,
  affineInit,
  alongChannels,
  axesFrom,
  moments,
  standardize,
  affine as withAffine,
} from "./internal/normalize";
import type { Layer } from "./types";

/** Options of {@link groupNorm}. */
export interface GroupNormOptions {
  /** Added to the variance; default 1e-5 (diffusion models use 1e-6). */
  readonly eps?: number;
  /** Scale and shift by parameters; default true. */
  readonly affine?: boolean;
}

/**
 * Normalises groups of channels of every example.
 *
 * y = (x − μ) / √(σ² + ε) · w + b with the biased variance over a group's channels and all spatial axes. One group
 * is layer normalisation over (channels, spatial), a group for each channel instance normalisation.
 *
 * @param groups - number of groups, which divides `channels`
 * @param channels - axis 1 of x
 * @returns a layer [batch, channels, …] → the same shape
 * @throws ArgumentError when groups do not divide the channels
 * @throws ShapeError when the channels differ
 * @see Wu & He 2018
 * @example
 * const layer = groupNorm(4, 32);
 * layer.apply(layer.init(random.key(0)), ones([2, 32, 8, 8])).shape // [2, 32, 8, 8]
 */
export function groupNorm(
  groups: number,
  channels: number,
  options: GroupNormOptions = {},
): Layer<AffineParams> {
  const { eps = 1e-5, affine = true } = options;
  checkSize("groupNorm", "groups", groups);
  checkSize("groupNorm", "channels", channels);
  checkBetween("groupNorm", "eps", eps, 0, Infinity);
  if (channels % groups !== 0) {
    throw new ArgumentError(
      `groupNorm: expected groups that divide ${channels} channels; got ${groups}`,
      { groups, channels },
    );
  }
  return {
    dims: affineDims(affine, affine),
    init: (_, initOptions = {}) => affineInit([channels], affine, affine, initOptions),
    apply: (params, x) => {
      checkFeatures("groupNorm", x, 1, channels, 2);
      return normalizeGroups(x, params, groups, channels, eps);
    },
  };
}

/** Group normalisation of [batch, channels, …]. */
export function normalizeGroups(
  x: Tensor,
  params: AffineParams,
  groups: number,
  channels: number,
  eps: number,
): Tensor {
  const [batch, , ...spatial] = x.shape as [number, number, ...number[]];
  const grouped = x.reshape([batch, groups, channels / groups, ...spatial]);
  const hat = standardize(moments(grouped, axesFrom(grouped, 2)), eps).reshape(x.shape);
  return withAffine(hat, params, alongChannels(x, channels));
}
