export {
  type AdaptiveBatch,
  type AdaptiveBatches,
  type AdaptiveBatchesState,
  adaptiveBatches,
} from "./adaptive-batches";
export {
  type BatchDecision,
  type BatchSizeController,
  type BatchSizeOptions,
  type BatchSizeState,
  type BatchTest,
  batchSizeController,
} from "./batch-size-controller";
export { type GradientStats, gradientStats, type MicroBatchOptions } from "./gradient-stats";
