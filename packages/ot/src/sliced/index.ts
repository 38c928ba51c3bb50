export type { ControlReport, Estimator, Gamma } from "./control";
export { type DirectionOptions, directions, type Sampler } from "./directions";
export {
  type Defining,
  type GeneralizedOptions,
  type GeneralizedResult,
  generalizedSlicedWasserstein,
} from "./generalized";
export type { SlicedGradients, Wanted as SlicedGradient } from "./gradients";
export { type SlicedLossOptions, slicedWassersteinLoss } from "./loss";
export { type MaxSlicedOptions, type MaxSlicedResult, maxSlicedWasserstein } from "./max-sliced";
export type { SliceOptions } from "./options";
export { liftedPlan, minSlicedPlan, type SlicedPlan } from "./sliced-plan";
export { type SlicedOptions, type SlicedResult, slicedWasserstein } from "./sliced-wasserstein";
export {
  type SphericalOptions,
  type SphericalResult,
  sphericalSlicedWasserstein,
} from "./spherical";
