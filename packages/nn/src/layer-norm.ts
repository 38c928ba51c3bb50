import { ShapeError } from "@x/tensor";
import { checkBetween, checkSize, checkTensor } from "./internal/check";
import {
  type AffineParams,
  affineDims,
  affineInit,
  axesFrom,
  moments,
  standardize,
  affine as withAffine,
} from "./internal/normalize";
import type { Layer } from "./types";

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Scale by a parameter; default true. */
  readonly affine?: boolean;
  /** Shift by a parameter; default as `affine`. */
  readonly bias?: boolean;
}

/**
 * Normalises the last axes of every example.
 *
 * y = (x − μ) / √(σ² + ε) · w + b with the biased variance over the last axes.
 *
 * @param shape - lengths of the axes to normalise over; a number is the last axis
 * @returns a layer [..., ...shape] → the same shape
 * @throws ShapeError when x does not end in `shape`
 * @see Ba, Kiros & Hinton 2016
 * @example
 * const layer = layerNorm(64);
 * layer.apply(layer.init(random.key(0)), ones([8, 10, 64])).shape // [8, 10, 64]
 */
export function layerNorm(
  shape: number | readonly number[],
  options: LayerNormOptions = {},
): Layer<AffineParams> {
  const lengths = typeof shape === "number" ? [shape] : [...shape];
  const { eps = 1e-5, affine = true, bias = affine } = options;
  checkSize("layerNorm", "the number of axes", lengths.length);
  for (const n of lengths) checkSize("layerNorm", "shape", n);
  checkBetween("layerNorm", "eps", eps, 0, Infinity);
  return {
    dims: affineDims(affine, bias),
    init: (_, initOptions = {}) => affineInit(lengths, affine, bias, initOptions),
    apply: (params, x) => {
      checkTensor("layerNorm", x);
      const start = x.shape.length - lengths.length;
      if (start < 0 || lengths.some((n, i) => x.shape[start + i] !== n)) {
        throw new ShapeError(
          `layerNorm: expected an input that ends in [${lengths.join(", ")}]; got shape [${x.shape.join(", ")}]; transpose it or make a layer for its shape`,
          { shape: x.shape, normalized: lengths },
        );
      }
      return withAffine(standardize(moments(x, axesFrom(x, start)), eps), params, lengths);
    },
  };
}
