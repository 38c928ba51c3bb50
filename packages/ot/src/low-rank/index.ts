export type { FactoredCost } from "./factored-cost";
export {
  type SinkhornLowRankOptions,
  type SinkhornLowRankResult,
  sinkhornLowRank,
} from "./sinkhorn-low-rank";
