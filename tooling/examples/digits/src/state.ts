import { random, type Tensor } from "@x/tensor";
import { initialMoments, type Moments } from "./adam";
import type { EpochResult } from "./history";
import { initialNetwork, type Network } from "./network";

/** Everything that a training run has come to; with the seed and the data it determines the rest of it. */
export interface TrainingState {
  readonly network: Network;
  readonly moments: Moments<Network>;
  /** Steps done. */
  readonly step: number;
  /** Sums over the steps done of the current epoch: of the losses, and of the right answers. */
  readonly sums: { readonly loss: number; readonly hits: number };
  readonly history: readonly EpochResult[];
}

/** The keys of everything random, one for each use. */
export interface Keys {
  readonly network: Tensor;
  readonly order: Tensor;
  readonly augmentation: Tensor;
  readonly drawing: Tensor;
}

/** The keys that come from a seed. */
export function keysOf(seed: number): Keys {
  const [network, order, augmentation, drawing] = random.split(random.key(seed), 4) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  return { network, order, augmentation, drawing };
}

/** The state before the first step. */
export function initialState(keys: Keys): TrainingState {
  const network = initialNetwork(keys.network);
  return {
    network,
    moments: initialMoments(network),
    step: 0,
    sums: { loss: 0, hits: 0 },
    history: [],
  };
}
