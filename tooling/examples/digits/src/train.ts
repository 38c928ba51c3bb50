import { setImmediate } from "node:timers/promises";
import { jit, random, type Tensor, tensor, valueAndGradWithAux } from "@x/tensor";
import { adam, adamRate, type Moments } from "./adam";
import { augment, greyLevels, numbersPerImage } from "./augment";
import { type DigitData, pixels } from "./digits";
import { type Evaluation, evaluate } from "./evaluate";
import { logProbabilities, lossAndHits, type Network } from "./network";
import type { Keys, TrainingState } from "./state";

/** How a run is steered and watched. */
export interface TrainOptions {
  readonly data: DigitData;
  readonly keys: Keys;
  readonly epochs: number;
  /** Stops the run after the current step. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every step. */
  readonly onStep?: ((state: TrainingState) => void) | undefined;
  /** Called after the last step of every epoch. */
  readonly onEpoch?: ((state: TrainingState) => void) | undefined;
}

const largestBatch = 128;

/** Steps of one epoch; the images that do not fill a batch wait for another epoch's shuffle. */
export const stepsPerEpoch = (trainCount: number): number =>
  Math.floor(trainCount / batchSize(trainCount));

const batchSize = (trainCount: number): number => Math.min(largestBatch, trainCount);

/** The learning rate of an epoch (from 0); it does not depend on how many are to come. */
const learningRate = (epoch: number): number => 2e-3 * 0.93 ** epoch;

const takeStep = jit(
  (network: Network, moments: Moments<Network>, images: Tensor, labels: Tensor, rate: Tensor) => {
    const [[loss, hits], gradients] = valueAndGradWithAux(lossAndHits)(network, images, labels);
    return { ...adam(network, moments, gradients, rate), loss, hits };
  },
  { donate: [0, 1] },
);

const answer = jit(logProbabilities);

/**
 * Trains until the wanted number of epochs is reached or the signal says stop.
 *
 * Chance enters through keys made from the step's number alone, so that a run that is interrupted and
 * taken up again passes through the same states as one that is not.
 *
 * @param state - where to begin; its tensors are given away to the computation
 * @returns where it ended
 */
export async function train(start: TrainingState, options: TrainOptions): Promise<TrainingState> {
  const { data, epochs, signal, onStep, onEpoch } = options;
  const perEpoch = stepsPerEpoch(data.train.labels.length);
  let state = start;
  let order: ArrayLike<number> = [];
  while (state.step < epochs * perEpoch && !signal?.aborted) {
    const epoch = Math.floor(state.step / perEpoch);
    if (order.length === 0) order = orderOf(epoch, options);
    state = oneStep(state, epoch, order, options);
    if (state.step % perEpoch === 0) {
      state = closeEpoch(state, options);
      order = [];
      onEpoch?.(state);
    }
    onStep?.(state);
    // Signals are only delivered between turns of the event loop.
    await setImmediate();
  }
  return state;
}

const orderOf = (epoch: number, { data, keys }: TrainOptions): ArrayLike<number> =>
  random.permutation(random.foldIn(keys.order, epoch), data.train.labels.length).dataSync();

function oneStep(
  state: TrainingState,
  epoch: number,
  order: ArrayLike<number>,
  { data, keys }: TrainOptions,
): TrainingState {
  const size = batchSize(data.train.labels.length);
  const from = (state.step % stepsPerEpoch(data.train.labels.length)) * size;
  const which = Int32Array.from({ length: size }, (_, i) => order[from + i] as number);
  const key = random.foldIn(keys.augmentation, state.step);
  const chance = random.uniform(key, [size * numbersPerImage]).dataSync();
  const images = augment(data.train.images, which, chance);
  const labels = which.map((i) => data.train.labels[i] as number);
  const step = state.step + 1;
  const result = takeStep(
    state.network,
    state.moments,
    tensor(images, { shape: [size, pixels], copy: false }),
    tensor(labels, { copy: false }),
    tensor(adamRate(learningRate(epoch), step)),
  );
  const sums = {
    loss: state.sums.loss + (result.loss.dataSync()[0] as number),
    hits: state.sums.hits + (result.hits.dataSync()[0] as number),
  };
  return { network: result.params, moments: result.moments, step, sums, history: state.history };
}

function closeEpoch(state: TrainingState, { data }: TrainOptions): TrainingState {
  const steps = stepsPerEpoch(data.train.labels.length);
  const { loss, hits } = state.sums;
  const { loss: testLoss, accuracy } = evaluateOn(state.network, data.test);
  const result = {
    epoch: state.step / steps,
    train: {
      loss: loss / steps,
      accuracy: hits / (steps * batchSize(data.train.labels.length)),
    },
    test: { loss: testLoss, accuracy },
  };
  return { ...state, sums: { loss: 0, hits: 0 }, history: [...state.history, result] };
}

/** How the network does on images that it was not trained on. */
export function evaluateOn(network: Network, { images, labels }: DigitData["test"]): Evaluation {
  const grey = tensor(greyLevels(images), { shape: [labels.length, pixels], copy: false });
  return evaluate(answer(network, grey).dataSync(), labels);
}
