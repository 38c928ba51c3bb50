import { ones, stopGradient, type Tensor, zeros } from "@x/tensor";
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
  /** Deviations from the mean as a constant k. */
  readonly centred: Tensor;
  /** Mean minus k: zero, but not its derivative. Reduced axes of length 1. */
  readonly drift: Tensor;
  /** Mean, reduced axes of length 1. */
  readonly mean: Tensor;
  /** Biased variance, reduced axes of length 1. */
  readonly variance: Tensor;
}

/**
 * {@link Moments} of x. The mean comes before the squares, so no digits cancel.
 *
 * For any constant k, x − mean = (x − k) − (mean − k) and σ² = mean (x − k)² − (mean − k)². With k = mean the second
 * terms are zero, and their derivatives are small tensors: the backward pass needs two sums over the data,
 * dx = (g − mean g − x̂ mean(g x̂)) / σ, where deviations from a differentiated mean would need a third. All
 * derivatives of any order stay exact.
 */
export function moments(x: Tensor, axes: readonly number[]): Moments {
  const mean = x.mean(axes, { keepDims: true });
  const k = stopGradient(mean);
  const centred = x.sub(k);
  const drift = mean.sub(k);
  const variance = centred.square().mean(axes, { keepDims: true }).sub(drift.square());
  return { centred, drift, mean, variance };
}

/** (x − mean) / √(variance + ε). */
export function standardize({ centred, drift, variance }: Moments, eps: number): Tensor {
  const scale = variance.add(eps).rsqrt();
  return centred.mul(scale).sub(drift.mul(scale));
}

/**
 * (x − mean) / √(variance + ε) · weight + bias where each weight has moments of its own, so that all but the data
 * is small.
 *
 * @param shape - weight and bias are brought to it
 */
export function rescale(
  { centred, drift, variance }: Omit<Moments, "mean">,
  { weight, bias }: AffineParams,
  eps: number,
  shape: readonly number[],
): Tensor {
  const inverse = variance.add(eps).rsqrt();
  const scale = weight === null ? inverse : inverse.mul(weight.reshape(shape));
  const shift = drift.mul(scale).neg();
  return centred.mul(scale).add(bias === null ? shift : shift.add(bias.reshape(shape)));
}

/** x · weight + bias, both brought to a shape. */
export function affine(
  x: Tensor,
  { weight, bias }: AffineParams,
  shape: readonly number[],
): Tensor {
  const y = weight === null ? x : x.mul(weight.reshape(shape));
  return bias === null ? y : y.add(bias.reshape(shape));
}

/** The shape in which features lie along axis 1 of x: [features, 1, …]. */
export const alongChannels = (x: Tensor, features: number): number[] =>
  x.shape.slice(1).map((_, i) => (i === 0 ? features : 1));

/** Axes of x behind the first `from`. */
export const axesFrom = (x: Tensor, from: number): number[] =>
  x.shape.map((_, i) => i).filter((i) => i >= from);
