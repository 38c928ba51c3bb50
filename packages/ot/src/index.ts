export type { Cost, CostFunction, CostName } from "./costs/cost";
export type { OTProgress, OTResult, SolverOptions } from "./result";
export type { Values } from "./values";
