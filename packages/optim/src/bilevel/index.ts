export {
  type ConjugateGradientOptions,
  conjugateGradient,
  type LinearSolveResult,
} from "./conjugate-gradient";
export { type CustomRootOptions, customRoot } from "./custom-root";
export {
  type HypergradientAux,
  type HypergradientMethod,
  type HypergradientOptions,
  type HypergradientResult,
  hypergradient,
} from "./hypergradient";
export type { CgOptions, NeumannOptions } from "./implicit-vector";
export type { F2saOptions, FiniteDifferenceOptions } from "./penalty";
export type { BilevelProblem, LowerConstraints } from "./problem";
export type { UnrolledOptions } from "./unrolled";
