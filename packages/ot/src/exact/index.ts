export { type AssignOptions, type AssignResult, assign } from "./assign";
export { type EmdOptions, type EmdResult, emd } from "./emd";
export { type Emd1dResult, emd1d } from "./emd-1d";
export { type EmdLossOptions, emdLoss } from "./emd-loss";
export { type EmdSampleOptions, emdSample } from "./emd-sample";
export { type PartialOTOptions, type PartialOTResult, partialOT } from "./partial-ot";
export type { PowerCost } from "./powers";
export { type QuantileFunction, quantileFunction } from "./quantile-function";
export type { SparsePlan } from "./sparse-plan";
export type { KlCertificate } from "./unbalanced-certificate";
export { type UnbalancedMMOptions, type UnbalancedMMResult, unbalancedMM } from "./unbalanced-mm";
export {
  type ColumnCosts,
  type LineOptions,
  wasserstein1d,
  wasserstein1dColumns,
} from "./wasserstein-1d";
export {
  type CircleOptions,
  wassersteinCircle,
  wassersteinCircleUniform,
} from "./wasserstein-circle";
