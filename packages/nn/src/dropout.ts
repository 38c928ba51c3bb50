import { ArgumentError, random, type Tensor, where, zerosLike } from "@x/tensor";
import { checkBetween, checkTensor } from "./internal/check";
import type { Layer } from "./types";

/** Options of a call of {@link dropout}. */
export interface DropoutOptions {
  /** Drop elements; default false, which returns the input. To be said where there is a key. */
  readonly train?: boolean | undefined;
  /** Chooses the elements; needed in training. */
  readonly key?: Tensor | undefined;
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
 * @throws ArgumentError when rate is outside 0 … 1, a key is missing in training, or there is a key but no `train`
 * @see Srivastava et al. 2014; for channels Tompson et al. 2015
 * @example
 * const layer = dropout(0.5);
 * layer.apply({}, ones([4]), { train: true, key: random.key(0) })
 */
export function dropout(
  rate: number,
  layerOptions: DropoutLayerOptions = {},
): Layer<Readonly<Record<string, never>>, DropoutOptions> {
  const { channels = false } = layerOptions;
  checkBetween("dropout", "rate", rate, 0, 1);
  return {
    dims: {},
    init: () => ({}),
    apply: (_, x, options = {}) => {
      checkTensor("dropout", x);
      const { train } = options;
      if (rate === 0 || train === false) return x;
      const { key } = options;
      if (train === undefined) {
        if (key === undefined) return x;
        throw new ArgumentError(
          "dropout: expected train beside the key; got a key alone; pass train: true to drop, or leave the key out (or train: false) to evaluate",
          { rate },
        );
      }
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
