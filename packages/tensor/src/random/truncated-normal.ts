import { cast } from "../primitives/elementwise";
import type { Shape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { elementSampler } from "./elements";
import {
  checkInterval,
  type FloatOptions,
  floatOf,
  parameter,
  type Requirement,
} from "./parameters";
import type { Stream } from "./stream";

/** A normal number above `low` ≥ 0: exponential proposals of the best rate. */
function above(stream: Stream, low: number): number {
  const rate = (low + Math.sqrt(low * low + 4)) / 2;
  for (;;) {
    const x = low + stream.exponential() / rate;
    if (stream.exponential() >= ((x - rate) * (x - rate)) / 2) return x;
  }
}

/** A normal number in an interval on which the density does not fall much: uniform proposals. */
function inside(stream: Stream, low: number, high: number): number {
  const peak = Math.max(low, Math.min(high, 0));
  for (;;) {
    const x = low + (high - low) * stream.uniform();
    // (x² − peak²)/2, factored so that it survives far from 0.
    if (stream.exponential() >= ((x - peak) * (x + peak)) / 2) return x;
  }
}

/**
 * Rejection from whichever proposal is accepted most: normal, uniform, or exponential in the tail.
 *
 * @see Robert 1995, "Simulation of truncated normal variables"
 */
function draw(stream: Stream, low: number, high: number): number {
  checkInterval("truncatedNormal", low, high);
  if (high <= 0) return -draw(stream, -high, -low);
  if (low >= 0) {
    // Where the density falls by more than e along the interval, its tail is the better proposal.
    const steep = (high - low) * (high + low) > 2;
    if (!steep) return inside(stream, low, high);
    for (;;) {
      const x = above(stream, low);
      if (x <= high) return x;
    }
  }
  if (high - low < Math.sqrt(2 * Math.PI)) return inside(stream, low, high);
  for (;;) {
    const x = stream.normal();
    if (x >= low && x <= high) return x;
  }
}

const sample = elementSampler("truncatedNormal", draw);

/** The interval of {@link truncatedNormal}. */
export interface TruncatedNormalOptions extends FloatOptions {
  /** Default −∞; a number or a tensor that broadcasts to the shape. */
  readonly low?: TensorLike | undefined;
  /** Default ∞. */
  readonly high?: TensorLike | undefined;
}

const bound: Requirement = { expected: "a number or ±Infinity", holds: (x) => !Number.isNaN(x) };

/**
 * Standard normal numbers under the condition that they lie between low and high; scale and shift the result
 * for another deviation and mean. Intervals far out in a tail are as exact as others. There is no derivative in the bounds.
 *
 * @param shape - of the result
 * @param options.low - default −Infinity
 * @param options.high - default Infinity
 * @throws ArgumentError unless low < high
 * @see Robert 1995
 */
export function truncatedNormal(
  key: Tensor,
  shape: Shape,
  options: TruncatedNormalOptions = {},
): Tensor {
  const { low = -Infinity, high = Infinity } = options;
  const dtype = floatOf("truncatedNormal", options);
  const from = parameter("truncatedNormal", "low", low, shape, "f64", bound);
  const to = parameter("truncatedNormal", "high", high, shape, "f64", bound);
  return cast(sample(key, shape, from, to), dtype);
}
