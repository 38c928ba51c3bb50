export { applyUpdates } from "./core/apply-updates";
export { chain, identity } from "./core/chain";
export { freeze, masked, type PartitionState, partition } from "./core/partition";
export { addDecayedWeights, scaleBy, scaleByLearningRate } from "./core/scale";
export type {
  ByLeaf,
  Extra,
  GradientTransformation,
  OptState,
  OptStateRecord,
  Rate,
  Schedule,
  UpdateResult,
} from "./types";
