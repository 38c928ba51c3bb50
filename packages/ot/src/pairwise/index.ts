export { type Executor, inlineExecutor, type MapOptions } from "./executor";
export type {
  BuresMetric,
  DivergenceMetric,
  EmdMetric,
  LineMetric,
  NamedMetric,
  SinkhornMetric,
  SlicedMetric,
  TensorMeasure,
} from "./metrics";
export type { Pair } from "./pair-block";
export {
  type CustomMetric,
  type PairwiseOptions,
  type PairwiseProgress,
  type PairwiseResult,
  pairwiseDistances,
} from "./pairwise-distances";
export { runTask } from "./tasks";
