export type { ControlReport, Estimator, Gamma } from "./control";
export { type DirectionOptions, directions, type Sampler } from "./directions";
export type { SlicedGradients, Wanted as SlicedGradient } from "./gradients";
export type { SliceOptions } from "./options";
export { type SlicedOptions, type SlicedResult, slicedWasserstein } from "./sliced-wasserstein";
