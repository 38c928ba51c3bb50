export * from "./activations";
export { type AttentionOptions, attention } from "./attention";
export { type BatchNormOptions, batchNorm } from "./batch-norm";
export { type Batches, type BatchesOptions, batches, shuffle } from "./batches";
export {
  type Block,
  block,
  type Call,
  type Calls,
  type Observation,
  type ObserveOptions,
  type OptionsOf,
  type ParamsOf,
  type Part,
  type StatefulBlock,
  type StatelessPart,
  type StateOf,
  statefulBlock,
} from "./block";
export {
  type ConvLayerOptions,
  type ConvParams,
  conv1d,
  conv2d,
  conv3d,
} from "./conv";
export {
  type ConvTransposeLayerOptions,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
} from "./conv-transpose";
export { countParameters } from "./count-parameters";
export { type DropoutLayerOptions, type DropoutOptions, dropout } from "./dropout";
export { type EmbeddingOptions, type EmbeddingParams, embedding } from "./embedding";
export {
  type EncoderCall,
  type EncoderLayerOptions,
  type EncoderLayerParams,
  type EncoderParams,
  type EncoderState,
  encoder,
  encoderLayer,
  type StatefulEncoderOptions,
  statefulEncoder,
} from "./encoder";
export { type FoldBatchNormOptions, foldBatchNorm } from "./fold-batch-norm";
export { type GhostBatchNormOptions, ghostBatchNorm } from "./ghost-batch-norm";
export { type GroupNormOptions, groupNorm } from "./group-norm";
export { type Gru, type GruOptions, gru } from "./gru";
export * as init from "./init";
export { type InstanceNormOptions, instanceNorm } from "./instance-norm";
export type { AffineParams } from "./internal/normalize";
export type { RecurrentOptions, RecurrentParams } from "./internal/recurrent";
export type { RunningState } from "./internal/running";
export {
  type InvertedBottleneckOptions,
  type InvertedBottleneckParams,
  type InvertedBottleneckState,
  invertedBottleneck,
} from "./inverted-bottleneck";
export { type LayerNormOptions, layerNorm } from "./layer-norm";
export { learnedPositions } from "./learned-positions";
export { type LinearOptions, type LinearParams, linear } from "./linear";
export { type LoadOptions, loadStateDict, loadVariables } from "./load-state-dict";
export * as loss from "./loss";
export { type Lstm, type LstmOptions, type LstmState, lstm } from "./lstm";
export * as metrics from "./metrics";
export { type MlpOptions, type MlpParams, mlp } from "./mlp";
export {
  type MultiHeadAttentionCall,
  type MultiHeadAttentionOptions,
  type MultiHeadAttentionParams,
  multiHeadAttention,
} from "./multi-head-attention";
export {
  type PowerNormCall,
  type PowerNormOptions,
  type PowerNormState,
  powerNorm,
} from "./power-norm";
export { type PowerNormVOptions, powerNormV } from "./power-norm-v";
export { type PreluParams, prelu } from "./prelu";
export { residual } from "./residual";
export { type ResizeOptions, resize } from "./resize";
export {
  type BasicBlockOptions,
  type BasicBlockParams,
  type BasicBlockState,
  basicBlock,
  type NormOf,
  type ResnetOptions,
  type ResnetParams,
  type ResnetState,
  resnet,
} from "./resnet";
export { type RmsNormOptions, type RmsNormParams, rmsNorm } from "./rms-norm";
export { type RopeOptions, rope } from "./rope";
export {
  type SinusoidalOptions,
  sinusoidal,
  type TimeEmbeddingOptions,
  timeEmbedding,
} from "./sinusoidal";
export { saveStateDict, stateDict } from "./state-dict";
export { type Summary, type SummaryOptions, type SummaryRow, summary } from "./summary";
export {
  gpt2Names,
  type TransformerLayerParams,
  type TransformerOptions,
  type TransformerParams,
  transformer,
} from "./transformer";
export type {
  AxisRoles,
  Dims,
  FloatDType,
  InitOptions,
  Layer,
  NetworkOptions,
  StatefulLayer,
  StatefulOptions,
} from "./types";
export { type UnetCall, type UnetOptions, unet } from "./unet";
export type {
  SpatialAttentionParams,
  UnetLevelParams,
  UnetParams,
  UnetResBlockParams,
} from "./unet-params";
export { valueAndGradWithState } from "./value-and-grad-with-state";
export { withInit } from "./with-init";
