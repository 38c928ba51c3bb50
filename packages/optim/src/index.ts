export { type AdafactorOptions, adafactor, scaleByAdafactor } from "./baselines/adafactor";
export {
  type AdagradNormState,
  type AdagradOptions,
  adagrad,
  adagradNorm,
  scaleByAdagrad,
  scaleByAdagradNorm,
} from "./baselines/adagrad";
export { type AdamOptions, type AdamWOptions, adam, adamw, scaleByAdam } from "./baselines/adam";
export {
  type AdaptiveGradientClipOptions,
  adaptiveGradientClip,
  clipByGlobalNorm,
  clipByValue,
  globalNorm,
} from "./baselines/clip";
export { type LbfgsOptions, type LbfgsState, lbfgs } from "./baselines/lbfgs";
export { type LionOptions, lion, scaleByLion } from "./baselines/lion";
export { type LookaheadOptions, type LookaheadState, lookahead } from "./baselines/lookahead";
export {
  type OptimisticGradientOptions,
  optimisticGradient,
} from "./baselines/optimistic-gradient";
export {
  type PlateauState,
  type ReduceOnPlateauOptions,
  reduceOnPlateau,
} from "./baselines/reduce-on-plateau";
export { type RmspropOptions, rmsprop, scaleByRms } from "./baselines/rmsprop";
export { sam } from "./baselines/sam";
export {
  type ScheduleFree,
  type ScheduleFreeOptions,
  type ScheduleFreeState,
  scheduleFree,
} from "./baselines/schedule-free";
export { type SgdOptions, sgd, trace } from "./baselines/sgd";
export { type ShampooOptions, scaleByShampoo, shampoo } from "./baselines/shampoo";
export { type SoapOptions, scaleBySoap, soap } from "./baselines/soap";
export {
  type SophiaOptions,
  type SophiaState,
  scaleBySophia,
  sophia,
} from "./baselines/sophia";
export {
  type LineSearch,
  type OnLine,
  type StrongWolfeOptions,
  strongWolfe,
} from "./baselines/strong-wolfe";
export {
  type WeightAverage,
  type WeightAverageState,
  weightEma,
  weightMean,
} from "./baselines/weight-average";
export * from "./batch-size/index";
export * from "./bilevel/index";
export { applyUpdates } from "./core/apply-updates";
export { chain, identity } from "./core/chain";
export type { Choices, ChoiceTree } from "./core/choices";
export { describe, type LeafDescription, type OptimizerDescription } from "./core/describe";
export { type InjectedState, injectHyperparams, setHyperparams } from "./core/inject-hyperparams";
export { freeze, masked } from "./core/masked";
export { type MultiStepsState, multiSteps } from "./core/multi-steps";
export { Optimizer, type OptimizerOptions } from "./core/optimizer";
export { type PartitionState, partition } from "./core/partition";
export { addDecayedWeights, scaleBy, scaleByLearningRate } from "./core/scale";
export { deserialize, serialize } from "./core/serialize";
export { singlePrecision } from "./core/single-precision";
export { type SkipNonFiniteState, skipNonFinite } from "./core/skip-non-finite";
export { type DiffGradOptions, diffGrad, scaleByDiffGrad } from "./diff-grad";
export * from "./drop-muon/index";
export {
  type ElrCall,
  type ElrLoss,
  type ElrOptions,
  type ElrResult,
  elrLoss,
} from "./elr-loss";
export type { AxisRoles, AxisRolesTree, MatrixDims, MatrixRole } from "./matrix-dims";
export * from "./muon/index";
export * from "./mup/index";
export * from "./online/index";
export { type SamplesState, scaleBySamples } from "./scale-by-samples";
export {
  constantSchedule,
  cosineSchedule,
  exponentialSchedule,
  linearSchedule,
  polynomialSchedule,
} from "./schedules/decay";
export { joinSchedules, stepSchedule, withWarmup } from "./schedules/join";
export { type OneCycleOptions, oneCycleSchedule } from "./schedules/one-cycle";
export { schedule, tabulate } from "./schedules/schedule";
export {
  type DecayShape,
  type WarmupStableDecayOptions,
  warmupStableDecay,
} from "./schedules/warmup-stable-decay";
export type {
  LossContext,
  LossResult,
  TrainOptions,
  TrainProgress,
  TrainRecord,
  TrainResult,
} from "./train/options";
export { train } from "./train/train";
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
