import { jit, oneHot, pow, random, sqrt, sub, type Tensor, tensor, valueAndGrad } from "@x/tensor";
import type { GpuDevice } from "@x/tensor/gpu";
import { map } from "@x/tensor/tree";
import { adam, initialMoments, type Moments } from "example-digits/adam";
import { initialNetwork, logProbabilities, type Network } from "example-digits/network";

/** All that changes from step to step; it lives where the network trains. */
export interface State {
  readonly network: Network;
  readonly moments: Moments<Network>;
  /** Steps done, a scalar. */
  readonly count: Tensor;
}

/** A network's training on one device. */
export interface Learner {
  /** The state before the first step: the same on every device. */
  start(): State;
  /** One step of Adam on a batch; the old state is used up. The loss is the mean cross-entropy before the step. */
  step(
    state: State,
    images: Tensor,
    labels: Tensor,
  ): { readonly state: State; readonly loss: Tensor };
  /** Log-probabilities of the ten digits, [n, 10]. */
  answer(network: Network, images: Tensor): Tensor;
}

const learningRate = 1e-3;

const crossEntropy = (network: Network, images: Tensor, labels: Tensor): Tensor =>
  logProbabilities(network, images).mul(oneHot(labels, 10)).sum(-1).mean().neg();

/** Adam's rate with the correction for moments that began at zero; computed where the count lives. */
const rateAfter = (count: Tensor): Tensor =>
  sqrt(sub(1, pow(0.999, count)))
    .div(sub(1, pow(0.9, count)))
    .mul(learningRate);

function step(state: State, images: Tensor, labels: Tensor): { state: State; loss: Tensor } {
  const [loss, gradients] = valueAndGrad((network: Network) =>
    crossEntropy(network, images, labels),
  )(state.network);
  const count = state.count.add(1);
  const { params, moments } = adam(state.network, state.moments, gradients, rateAfter(count));
  return { state: { network: params, moments, count }, loss };
}

/**
 * Compiles the training for a device; the text of the program is the same for all.
 *
 * @param device - a GPU; none for the CPU
 */
export function learnerOn(device: GpuDevice | undefined): Learner {
  const start = (): State => {
    const network = initialNetwork(random.key(0));
    const state: State = { network, moments: initialMoments(network), count: tensor(0) };
    return device === undefined
      ? state
      : (map((x: Tensor) => x.to(device), state as never) as State);
  };
  return {
    start,
    step: jit(step, { donate: [0], device }),
    answer: jit(logProbabilities, { device }),
  };
}
