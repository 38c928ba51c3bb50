import { full, type Tensor, where } from "@x/tensor";
import { checkFeatures, checkSize, checkTensor } from "./internal/check";
import { alongChannels } from "./internal/normalize";
import type { Layer } from "./types";

/** Parameters of {@link prelu}. */
export interface PreluParams {
  /** [channels], or [1] for one slope. */
  readonly weight: Tensor;
}

/**
 * Rectifier with a learned slope for negative inputs.
 *
 * y = x for x > 0, w x otherwise; w begins at 0.25.
 *
 * @param channels - number of slopes, one for each entry of axis 1; default one for all
 * @returns a layer of any shape, or [batch, channels, …] → the same shape
 * @throws ShapeError when there are several slopes and the channels differ
 * @see He et al. 2015
 * @example
 * const layer = prelu(8);
 * layer.apply(layer.init(random.key(0)), ones([2, 8, 4, 4])).shape // [2, 8, 4, 4]
 */
export function prelu(channels = 1): Layer<PreluParams> {
  checkSize("prelu", "channels", channels);
  return {
    dims: { weight: {} },
    init: (_, { dtype = "f32" } = {}) => ({ weight: full([channels], 0.25, { dtype }) }),
    apply: ({ weight }, x) => {
      checkTensor("prelu", x);
      if (channels > 1) checkFeatures("prelu", x, 1, channels, 2);
      const slope = channels === 1 ? weight : weight.reshape(alongChannels(x, channels));
      return where(x.greater(0), x, x.mul(slope));
    },
  };
}
