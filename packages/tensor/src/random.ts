export { type BinomialOptions, binomial } from "./random/binomial";
export { type CategoricalOptions, categorical } from "./random/categorical";
export { type ChoiceOptions, choice } from "./random/choice";
export {
  cauchy,
  type ExponentialOptions,
  exponential,
  gumbel,
  laplace,
} from "./random/continuous";
export {
  type BernoulliOptions,
  bernoulli,
  type RademacherOptions,
  rademacher,
} from "./random/discrete";
export { type GammaOptions, gamma } from "./random/gamma";
export {
  type BetaOptions,
  beta,
  type DirichletOptions,
  dirichlet,
  type StudentTOptions,
  studentT,
} from "./random/gamma-family";
export { foldIn, type Keys, key, split } from "./random/key";
export type { LocationScaleOptions } from "./random/location-scale";
export { type MultivariateNormalOptions, multivariateNormal } from "./random/multivariate-normal";
export { type NormalOptions, normal } from "./random/normal";
export { orthogonal } from "./random/orthogonal";
export type { FloatDType, FloatOptions } from "./random/parameters";
export { permutation } from "./random/permutation";
export { type PoissonOptions, poisson } from "./random/poisson";
export { type RandintOptions, randint } from "./random/randint";
export { Rng, type RngState, rng } from "./random/rng";
export { type TruncatedNormalOptions, truncatedNormal } from "./random/truncated-normal";
export { bits, type UniformOptions, uniform } from "./random/uniform";
export { unitSphere } from "./random/unit-sphere";
