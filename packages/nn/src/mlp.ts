import { ArgumentError, random, relu, type Tensor } from "@x/tensor";
import { type Block, block } from "./block";
import { dropout } from "./dropout";
import { asOutput } from "./internal/as-output";
import { checkFunction, checkSize } from "./internal/check";
import { type LinearOptions, type LinearParams, linear } from "./linear";
import type { Layer, NetworkOptions } from "./types";

/** Parameters of {@link mlp}: names layers.0.weight, layers.0.bias, layers.1.weight … */
export interface MlpParams {
  readonly layers: readonly LinearParams[];
}

/** Options of {@link mlp}. */
export interface MlpOptions extends LinearOptions {
  /** After every layer but the last; default relu. */
  readonly activation?: ((x: Tensor) => Tensor) | undefined;
  /** Probability with which hidden units are dropped in training; default 0. */
  readonly dropout?: number | undefined;
}

/**
 * Multilayer perceptron: linear layers with an activation between them.
 *
 * @param sizes - features of the input, the hidden layers and the output, at least two
 * @param options.activation - default relu
 * @param options.dropout - default 0
 * @returns a layer [..., sizes[0]] → [..., sizes at the end]
 * @throws ArgumentError for fewer than two sizes, sizes that are not positive integers, or an activation that is no
 *   function
 * @example
 * const net = mlp([784, 256, 10]);
 * net.apply(net.init(random.key(0)), ones([32, 784])).shape // [32, 10]
 */
export function mlp(
  sizes: readonly number[],
  options: MlpOptions = {},
): Block<{ readonly layers: readonly Layer<LinearParams>[] }, MlpParams, NetworkOptions> {
  const { activation = relu, dropout: rate = 0 } = options;
  checkFunction("mlp", "activation", activation);
  if (!Array.isArray(sizes)) {
    throw new ArgumentError(
      `mlp: expected a list of sizes; got ${String(sizes)}; write mlp([784, 256, 10])`,
      { sizes },
    );
  }
  if (sizes.length < 2) {
    throw new ArgumentError(
      `mlp: expected at least an input and an output size; got [${sizes.join(", ")}]`,
      { sizes },
    );
  }
  for (const size of sizes) checkSize("mlp", "sizes", size);
  const layers = sizes.slice(1).map((out, i) => {
    const layer = linear(sizes[i] as number, out, options);
    return i === sizes.length - 2 ? asOutput(layer) : layer;
  });
  const drop = dropout(rate);
  return block({ layers }, (use, x, { train, key }: NetworkOptions) =>
    use.layers.reduce((h, layer, i) => {
      if (i === 0) return layer(h);
      const noise = key === undefined ? {} : { key: random.foldIn(key, i) };
      return layer(drop.apply({}, activation(h), { train, ...noise }));
    }, x),
  );
}
