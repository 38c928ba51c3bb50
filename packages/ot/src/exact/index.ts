export { type EmdOptions, type EmdResult, emd } from "./emd";
export { type EmdSampleOptions, emdSample } from "./emd-sample";
export type { SparsePlan } from "./sparse-plan";
