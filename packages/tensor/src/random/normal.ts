import { concat, reshape, slice } from "../primitives/movement";
import { type Shape, sizeOf } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import type { Draw } from "./fused";
import { locationScale } from "./location-scale";
import type { FloatDType, FloatOptions } from "./parameters";
import { aboveZero, halfOpen, words, wordsPer } from "./words";

/** Where {@link normal} is centred and how wide it is. */
export interface NormalOptions extends FloatOptions {
  /** Default 0. */
  readonly mean?: TensorLike | undefined;
  /** Standard deviation ≥ 0, default 1. */
  readonly std?: TensorLike | undefined;
}

/**
 * Box and Muller's transformation: √(−2 log v) (cos 2πu, sin 2πu). Radii reach 6.8 (f32) or 8.6 (f64), as v
 * resolves the neighbourhood of 0 finely.
 */
const standard: Draw = (key, shape, dtype) => {
  const float = dtype as FloatDType;
  const n = sizeOf(shape);
  const pairs = Math.ceil(n / 2);
  const per = wordsPer(float);
  const parts = words(key, 2 * per, pairs);
  const radius = aboveZero(float, parts.slice(0, per)).log().mul(-2).sqrt();
  const angle = halfOpen(float, parts.slice(per)).mul(2 * Math.PI);
  const both = concat([radius.mul(angle.cos()), radius.mul(angle.sin())], 0);
  return reshape(slice(both, [0], [n]), shape);
};

/**
 * Normal numbers, always finite.
 *
 * @param shape - of the result
 * @param options.mean - default 0; a number or a tensor that broadcasts to the shape
 * @param options.std - standard deviation ≥ 0, default 1
 * @see Box & Muller 1958
 */
export const normal: (key: Tensor, shape: Shape, options?: NormalOptions) => Tensor = locationScale(
  "normal",
  standard,
  "mean",
  "std",
);
