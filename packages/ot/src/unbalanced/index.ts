export type { MarginalKind } from "./marginal-penalty";
export { type PartialSinkhornOptions, partialSinkhorn } from "./partial-sinkhorn";
export {
  type SinkhornUnbalancedOptions,
  sinkhornUnbalanced,
  type UnbalancedResult,
} from "./sinkhorn-unbalanced";
