import { concat, reshape, slice } from "../primitives/movement";
import { type Shape, sizeOf } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { fused } from "./fused";
import {
  type FloatDType,
  type FloatOptions,
  finite,
  floatOf,
  nonNegative,
  parameter,
  spread,
} from "./parameters";
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
const standard = fused("normal", (key, shape, dtype) => {
  const float = dtype as FloatDType;
  const n = sizeOf(shape);
  const pairs = Math.ceil(n / 2);
  const per = wordsPer(float);
  const parts = words(key, 2 * per, pairs);
  const radius = aboveZero(float, parts.slice(0, per)).log().mul(-2).sqrt();
  const angle = halfOpen(float, parts.slice(per)).mul(2 * Math.PI);
  const both = concat([radius.mul(angle.cos()), radius.mul(angle.sin())], 0);
  return reshape(slice(both, [0], [n]), shape);
});

const placed = fused("normal", (key, shape, dtype, mean, std) =>
  standard(key, shape, dtype)
    .mul(spread(std as Tensor, shape))
    .add(spread(mean as Tensor, shape)),
);

/**
 * Normal numbers, always finite.
 *
 * @param shape - of the result
 * @param options.mean - default 0; a number or a tensor that broadcasts to the shape
 * @param options.std - standard deviation ≥ 0, default 1
 * @see Box & Muller 1958
 */
export function normal(key: Tensor, shape: Shape, options: NormalOptions = {}): Tensor {
  const { mean = 0, std = 1 } = options;
  const dtype = floatOf("normal", options);
  if (mean === 0 && std === 1) return standard(key, shape, dtype);
  const centre = parameter("normal", "mean", mean, shape, dtype, finite);
  const width = parameter("normal", "std", std, shape, dtype, nonNegative);
  return placed(key, shape, dtype, centre, width);
}
