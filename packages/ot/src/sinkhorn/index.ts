export type { SinkhornMode, SinkhornOptions } from "./options";
export { sinkhorn, sinkhornTargets } from "./sinkhorn";
export { type SinkhornSampleOptions, sinkhornSample } from "./sinkhorn-sample";
