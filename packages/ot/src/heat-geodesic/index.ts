export { type HeatGeodesicOptions, type HeatGeodesicResult, heatGeodesic } from "./heat-geodesic";
export { type HeatKernelOptions, type HeatMethod, heatKernel } from "./heat-kernel";
export { type MdsOptions, type MdsResult, mds } from "./mds";
