export {
  type SinkhornBatchOptions,
  type SinkhornBatchResult,
  sinkhornBatch,
} from "./sinkhorn-batch";
