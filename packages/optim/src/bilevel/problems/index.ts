export {
  type Classifier,
  type HyperCleaningOptions,
  type HyperCleaningProblem,
  hyperCleaning,
} from "./hyper-cleaning";
export {
  type HyperRepresentationOptions,
  type HyperRepresentationProblem,
  hyperRepresentation,
} from "./hyper-representation";
export { logistic, type PerFeatureOptions, type PerFeatureProblem, ridge } from "./per-feature";
export { type SvmMachine, type SvmOptions, type SvmProblem, svm } from "./svm";
export {
  type DenoisingWeights,
  type TvDenoisingOptions,
  type TvDenoisingProblem,
  tvDenoising,
} from "./tv-denoising";
