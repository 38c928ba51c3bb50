import type { Shape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { type Draw, fused } from "./fused";
import { type FloatOptions, finite, floatOf, nonNegative, parameter, spread } from "./parameters";

/** Where a distribution is centred and how wide it is. */
export interface LocationScaleOptions extends FloatOptions {
  /** Added to the standard variable; default 0. */
  readonly location?: TensorLike | undefined;
  /** Multiplies the standard variable, ≥ 0; default 1. */
  readonly scale?: TensorLike | undefined;
}

/**
 * A family location + scale · x of a standard variable x.
 *
 * @param centre - what its options call the location
 * @param width - what they call the scale
 */
export function locationScale<O extends FloatOptions = LocationScaleOptions>(
  name: string,
  standard: Draw,
  centre = "location",
  width = "scale",
): (key: Tensor, shape: Shape, options?: O) => Tensor {
  const unit = fused(name, standard);
  const placed = fused(name, (key, shape, dtype, location, scale) =>
    unit(key, shape, dtype)
      .mul(spread(scale as Tensor, shape))
      .add(spread(location as Tensor, shape)),
  );
  return (key, shape, options: FloatOptions = {}) => {
    const { [centre]: location = 0, [width]: scale = 1 } = options as Record<string, TensorLike>;
    const dtype = floatOf(name, options);
    if (location === 0 && scale === 1) return unit(key, shape, dtype);
    const at = parameter(name, centre, location, shape, dtype, finite);
    const by = parameter(name, width, scale, shape, dtype, nonNegative);
    return placed(key, shape, dtype, at, by);
  };
}
