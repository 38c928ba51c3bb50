export type { SteinKernel } from "./kernels";
export type { ParticleOptimizer } from "./optimizer";
export {
  type FlowStep,
  type SlicedFlowOptions,
  type SlicedFlowResult,
  slicedFlow,
} from "./sliced-flow";
export { type Score, type SvgdOptions, type SvgdResult, type SvgdStep, svgd } from "./svgd";
export { type SteinOptions, svgdDirection } from "./svgd-direction";
