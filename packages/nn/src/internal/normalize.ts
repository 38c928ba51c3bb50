import { ones, type Tensor, zeros } from "@x/tensor";
import type { AxisRoles, InitOptions } from "../types";

/** Scale and shift of a normalisation. */
export interface AffineParams {
  /** [features], or the normalised shape; null without scale. */
  readonly weight: Tensor | null;
  /** [features], or the normalised shape; null without shift. */
  readonly bias: Tensor | null;
}

/** Scale 1 and shift 0. */
export const affineInit = (
  shape: readonly number[],
  weight: boolean,
  bias: boolean,
  { dtype = "f32" }: InitOptions,
): AffineParams => ({
  weight: weight ? ones(shape, { dtype }) : null,
  bias: bias ? zeros(shape, { dtype }) : null,
});

/** Roles of scale and shift: none. */
export const affineDims = (
  weight: boolean,
  bias: boolean,
): { weight: AxisRoles | null; bias: AxisRoles | null } => ({
  weight: weight ? {} : null,
  bias: bias ? {} : null,
});

/** Mean and biased variance over axes, in two passes. */
export interface Moments {
  /** Deviations from the mean. */
  readonly centred: Tensor;
  /** Mean, reduced axes of length 1. */
  readonly mean: Tensor;
  /** Biased variance, reduced axes of length 1. */
  readonly variance: Tensor;
}

/** {@link Moments} of x. The first pass comes before the second, so no digits cancel. */
export function moments(x: Tensor, axes: readonly number[]): Moments {
  const mean = x.mean(axes, { keepDims: true });
  const centred = x.sub(mean);
  return { centred, mean, variance: centred.square().mean(axes, { keepDims: true }) };
}

/**
 * centred / √(variance + ε) · weight + bias, with weight and bias broadcast from `shape`.
 *
 * Scale and weight are multiplied first: they are small beside the data.
 */
export function rescale(
  { centred, variance }: Pick<Moments, "centred" | "variance">,
  { weight, bias }: AffineParams,
  eps: number,
  shape: readonly number[],
): Tensor {
  const scale = variance.add(eps).rsqrt();
  const y = centred.mul(weight === null ? scale : scale.mul(weight.reshape(shape)));
  return bias === null ? y : y.add(bias.reshape(shape));
}

/** The shape in which features lie along axis 1 of x: [features, 1, …]. */
export const alongChannels = (x: Tensor, features: number): number[] =>
  x.shape.slice(1).map((_, i) => (i === 0 ? features : 1));

/** Axes of x behind the first `from`. */
export const axesFrom = (x: Tensor, from: number): number[] =>
  x.shape.map((_, i) => i).filter((i) => i >= from);
