export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropy,
  type FocalOptions,
  focal,
} from "./loss/binary";
export {
  type ContrastiveOptions,
  cosine,
  infoNce,
  ntXent,
  type TripletOptions,
  triplet,
} from "./loss/contrastive";
export { type CrossEntropyOptions, crossEntropy } from "./loss/cross-entropy";
export { type CtcOptions, ctc } from "./loss/ctc";
export {
  type DistributionForm,
  type DivergenceOptions,
  gaussianKl,
  js,
  kl,
} from "./loss/divergence";
export {
  type GaussianNllOptions,
  gaussianNll,
  hinge,
  type PoissonNllOptions,
  poissonNll,
} from "./loss/likelihood";
export type { LossOptions, Reduction } from "./loss/reduction";
export {
  type HuberOptions,
  huber,
  logCosh,
  mae,
  mse,
  type PairLoss,
  smoothL1,
} from "./loss/regression";
