export {
  type EntropicCostOptions,
  type EntropicKind,
  type EntropicPotentials,
  entropicCost,
  entropicPlan,
  entropicPotentials,
} from "./entropic";
export {
  type SinkhornDivergenceLossOptions,
  type SinkhornLossOptions,
  sinkhornDivergenceLoss,
  sinkhornLoss,
} from "./points";
export type { EntropicOptions, Potentials } from "./problem";
export {
  type UnbalancedCostOptions,
  type UnbalancedPlanOptions,
  unbalancedCost,
  unbalancedPlan,
} from "./unbalanced";
