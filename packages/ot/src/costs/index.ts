export type { Cost, CostFunction, CostName } from "./cost";
export { type CostMatrixOptions, costMatrix } from "./cost-matrix";
export { type MinkowskiCost, minkowski } from "./minkowski";
