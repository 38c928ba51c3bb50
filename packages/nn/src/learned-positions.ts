import { random, range, ShapeError } from "@x/tensor";
import type { EmbeddingParams } from "./embedding";
import { checkFeatures, checkSize } from "./internal/check";
import type { Layer } from "./types";

/**
 * Adds a learned vector to every position.
 *
 * y_t = x_t + W_t. Rows begin normal with standard deviation 0.02.
 *
 * @param length - most positions
 * @param features - length of the last axis
 * @returns a layer [..., time, features] → the same shape, time ≤ length
 * @throws ShapeError when x is longer than `length` or has other features
 * @example
 * const layer = learnedPositions(128, 64);
 * layer.apply(layer.init(random.key(0)), ones([2, 10, 64])).shape // [2, 10, 64]
 */
export function learnedPositions(length: number, features: number): Layer<EmbeddingParams> {
  checkSize("learnedPositions", "length", length);
  checkSize("learnedPositions", "features", features);
  return {
    dims: { weight: { out: 1, in: 0, role: "embedding" } },
    init: (key, { dtype = "f32" } = {}) => ({
      weight: random.normal(key, [length, features], { dtype }).mul(0.02),
    }),
    apply: ({ weight }, x) => {
      checkFeatures("learnedPositions", x, -1, features, 2);
      const time = x.shape.at(-2) as number;
      if (time > length) {
        throw new ShapeError(
          `learnedPositions: expected at most ${length} positions; got ${time} along axis -2 of shape [${x.shape.join(", ")}]; cut the sequence or make a longer table`,
          { shape: x.shape, length },
        );
      }
      return x.add(weight.at(range(0, time)));
    },
  };
}
