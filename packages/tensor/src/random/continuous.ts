import { reshape } from "../primitives/movement";
import { type Shape, sizeOf } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { fused } from "./fused";
import { type LocationScaleOptions, locationScale } from "./location-scale";
import {
  type FloatDType,
  type FloatOptions,
  floatOf,
  parameter,
  positive,
  spread,
} from "./parameters";
import { aboveZero, signed, words, wordsPer } from "./words";

/** Numbers in (0, 1] with a fine grid near 0, of a shape. */
function nearZero(key: Tensor, shape: Shape, dtype: FloatDType): Tensor {
  return reshape(aboveZero(dtype, words(key, wordsPer(dtype), sizeOf(shape))), shape);
}

/** A random sign and an independent number in (0, 1] of a shape. */
function signAndSize(key: Tensor, shape: Shape, dtype: FloatDType): readonly [Tensor, Tensor] {
  const [sign, size] = signed(dtype, words(key, wordsPer(dtype), sizeOf(shape)));
  return [reshape(sign, shape), reshape(size, shape)];
}

/** The rate of {@link exponential}. */
export interface ExponentialOptions extends FloatOptions {
  /** One over the mean, > 0; default 1. */
  readonly rate?: TensorLike | undefined;
}

const waiting = fused("exponential", (key, shape, dtype) =>
  nearZero(key, shape, dtype as FloatDType)
    .log()
    .neg(),
);

const waitingAt = fused("exponential", (key, shape, dtype, rate) =>
  waiting(key, shape, dtype).div(spread(rate as Tensor, shape)),
);

/**
 * Exponential numbers: −log v / rate, finite and ≥ 0.
 *
 * @param shape - of the result
 * @param options.rate - default 1; a number or a tensor that broadcasts to the shape
 */
export function exponential(key: Tensor, shape: Shape, options: ExponentialOptions = {}): Tensor {
  const { rate = 1 } = options;
  const dtype = floatOf("exponential", options);
  if (rate === 1) return waiting(key, shape, dtype);
  return waitingAt(
    key,
    shape,
    dtype,
    parameter("exponential", "rate", rate, shape, dtype, positive),
  );
}

type LocationScale = (key: Tensor, shape: Shape, options?: LocationScaleOptions) => Tensor;

/** Gumbel numbers: location − scale · log E with E exponential; distribution function exp(−e^(−x)). */
export const gumbel: LocationScale = locationScale("gumbel", (key, shape, dtype) => {
  // Large values come from small E = −log(1 − v), which the grid near v = 0 resolves; v = 1 would give −∞.
  const v = nearZero(key, shape, dtype as FloatDType).minimum(1 - 2 ** -24);
  return v.neg().log1p().neg().log().neg();
});

/** Laplace numbers: density exp(−|x − location| / scale) / (2 scale). */
export const laplace: LocationScale = locationScale("laplace", (key, shape, dtype) => {
  const [sign, v] = signAndSize(key, shape, dtype as FloatDType);
  return sign.mul(v.log()).neg();
});

/** Cauchy numbers: the ratio of two independent normal numbers; no mean. Finite. */
export const cauchy: LocationScale = locationScale("cauchy", (key, shape, dtype) => {
  // The cotangent of v π/2 has the grid where the tails are.
  const [sign, v] = signAndSize(key, shape, dtype as FloatDType);
  return sign.div(v.mul(Math.PI / 2).tan());
});
