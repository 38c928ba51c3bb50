/** Mean loss and share of right answers over some images. */
export interface Score {
  readonly loss: number;
  readonly accuracy: number;
}

/** How the network stood at the end of an epoch. */
export interface EpochResult {
  /** From 1. */
  readonly epoch: number;
  /** On the images as they were trained on, while the weights were changing. */
  readonly train: Score;
  readonly test: Score;
}
