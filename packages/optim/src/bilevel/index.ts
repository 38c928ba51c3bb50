export { affineProjection } from "./affine-projection";
export { type BilevelOptions, bilevel, type HypergradientState } from "./bilevel";
export type {
  AmigoOptions,
  BilevelMethod,
  GrowingF2saOptions,
  SobaOptions,
} from "./bilevel-step";
export { type BoRepOptions, type BoRepState, boRep } from "./bo-rep";
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
export { type LvHbaOptions, type LvHbaState, lvHba } from "./lv-hba";
export { type LowerConstant, type MaidOptions, type MaidState, maid } from "./maid";
export type { F2saOptions, FiniteDifferenceOptions } from "./penalty";
export type { BilevelProblem, LowerConstraints } from "./problem";
export * as bilevelProblems from "./problems/index";
export type { Multipliers } from "./proximal-lagrangian";
export type { SolverOptions } from "./sampling";
export {
  type BilevelCost,
  type BilevelSolver,
  type BilevelState,
  type SolveBilevelOptions,
  type SolveBilevelResult,
  solveBilevel,
} from "./solver";
export type { UnrolledOptions } from "./unrolled";
