import { ArgumentError, random, type Tensor, where, zerosLike } from "@x/tensor";
import { checkBetween, checkTensor } from "./internal/check";
import type { Layer } from "./types";

/** Options of a call of {@link dropout}. */
export interface DropoutOptions {
  /** Drop elements; default false, which returns the input. */
  readonly train?: boolean;
  /** Chooses the elements; needed in training. */
  readonly key?: Tensor;
}

/** Options of {@link dropout}. */
export interface DropoutLayerOptions {
  /** Keep or drop whole channels of [batch, channels, …] instead of elements; default false. */
  readonly channels?: boolean;
}

/**
 * Sets random elements to zero in training and scales the others up, so that the mean stays.
 *
 * y = x · m / (1 − rate), m ~ Bernoulli(1 − rate).
 *
 * @param rate - probability of zero, 0 … 1
 * @returns a layer without parameters
 * @throws ArgumentError when rate is outside 0 … 1, or a key is missing in training
 * @see Srivastava et al. 2014; for channels Tompson et al. 2015
 * @example
 * const layer = dropout(0.5);
 * layer.apply({}, ones([4]), { train: true, key: random.key(0) })
 */
export function dropout(
  rate: number,
  options: DropoutLayerOptions = {},
): Layer<Readonly<Record<string, never>>, DropoutOptions> {
  const { channels = false } = options;
  checkBetween("dropout", "rate", rate, 0, 1);
  return {
    dims: {},
    init: () => ({}),
    apply: (_, x, { train = false, key } = {}) => {
      checkTensor("dropout", x);
      if (!train || rate === 0) return x;
      if (key === undefined) {
        throw new ArgumentError(
          "dropout: dropout needs a key in training; got none; pass { train: true, key } with a new key for each step and layer",
          { rate },
        );
      }
      if (rate === 1) return zerosLike(x);
      const shape = channels ? x.shape.map((n, i) => (i < 2 ? n : 1)) : x.shape;
      // Not `random.bernoulli`, which decides in f64: GPUs have none.
      const keep = random.uniform(key, shape).less(1 - rate);
      return where(keep, x.mul(1 / (1 - rate)), 0);
    },
  };
}
