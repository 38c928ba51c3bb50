import type { Jax } from "../../../../tooling/bench/src/kit-types";
import {
  type JaxArray,
  type JaxParameters,
  jaxCrossEntropy,
} from "../../../tensor/bench/models/adam-jax";
import { jaxPatchesConv } from "../../../tensor/bench/models/cnn";
import { batch } from "../../../tensor/bench/models/trainer";
import type { NetworkData } from "./network";

/** What is trained in jax-js. */
export interface JaxNetwork {
  readonly loss: (parameters: JaxParameters, x: JaxArray, y: JaxArray) => JaxArray;
  readonly parameters: JaxParameters;
  readonly x: JaxArray;
  readonly y: JaxArray;
}

/** The same network in jax-js, convolutions as products over patches: its fastest way. */
export function jaxNetwork(jax: Jax, { kind, x, y, parameters }: NetworkData): JaxNetwork {
  const { numpy: np, nn } = jax;
  const conv = jaxPatchesConv(jax);
  const dense = (x: JaxArray, w: JaxArray, b: JaxArray): JaxArray => np.matmul(x, w).add(b);
  const layer = (x: JaxArray, w: JaxArray, b: JaxArray): JaxArray => {
    const h = nn.relu(conv(x, w).add(b));
    const [n, channels, height, width] = h.shape as [number, number, number, number];
    return np.max(h.reshape([n, channels, height / 2, 2, width / 2, 2]), [3, 5]);
  };
  const logits = {
    MLP: (p: JaxParameters, x: JaxArray) =>
      dense(nn.relu(dense(x, p["w1"]!, p["b1"]!)), p["w2"]!, p["b2"]!),
    CNN: (p: JaxParameters, x: JaxArray) => {
      const h = layer(layer(x, p["w1"]!, p["b1"]!), p["w2"]!, p["b2"]!);
      return dense(h.reshape([batch, 1568]), p["w3"]!, p["b3"]!);
    },
  }[kind];
  const leaves = Object.entries(parameters).map(
    ([name, { data, shape }]) => [name, np.array(data).reshape([...shape])] as const,
  );
  return {
    loss: (p, x, y) => jaxCrossEntropy(jax, logits(p, x), y),
    parameters: Object.fromEntries(leaves),
    x: np.array(x.data).reshape([...x.shape]),
    y: np.array(y).reshape([batch, 10]),
  };
}
