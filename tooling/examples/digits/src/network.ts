import { logSoftmax, matmul, oneHot, random, relu, type Tensor, zeros } from "@x/tensor";
import { pixels } from "./digits";

/** A dense layer: weight [inputs, outputs], bias [outputs]. */
export interface Layer {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** The parameters of a network with one hidden layer. */
export interface Network {
  readonly hidden: Layer;
  readonly output: Layer;
}

/** Units of the hidden layer. */
const hiddenUnits = 256;

/** The network in words. */
export const networkText: string = `${pixels} → ${hiddenUnits} → 10, ReLU`;

/** Number of weights and biases. */
export const parameterCount: number = (pixels + 1) * hiddenUnits + (hiddenUnits + 1) * 10;

/** Random weights of variance 2 / inputs, zero biases. @see He et al. 2015, eq. 10 */
export function initialNetwork(key: Tensor): Network {
  const [first, second] = random.split(key, 2) as [Tensor, Tensor];
  return { hidden: layer(first, pixels, hiddenUnits), output: layer(second, hiddenUnits, 10) };
}

const layer = (key: Tensor, inputs: number, outputs: number): Layer => ({
  weight: random.normal(key, [inputs, outputs]).mul(Math.sqrt(2 / inputs)),
  bias: zeros([outputs]),
});

/**
 * Log-probabilities of the ten digits.
 *
 * @param images - grey levels 0 … 1, shape [n, 784]
 * @returns shape [n, 10]
 */
export function logProbabilities({ hidden, output }: Network, images: Tensor): Tensor {
  const features = relu(matmul(images, hidden.weight).add(hidden.bias));
  return logSoftmax(matmul(features, output.weight).add(output.bias));
}

/**
 * Mean cross-entropy, and beside it the number of right answers.
 *
 * @param images - shape [n, 784]
 * @param labels - i32, shape [n]
 */
export function lossAndHits(
  network: Network,
  images: Tensor,
  labels: Tensor,
): [loss: Tensor, hits: Tensor] {
  const logP = logProbabilities(network, images);
  const loss = logP.mul(oneHot(labels, 10)).sum(-1).mean().neg();
  const hits = logP.argmax(-1).equal(labels).sum();
  return [loss, hits];
}
