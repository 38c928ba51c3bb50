export * from "./costs/index";
export * from "./exact/index";
export * from "./differentiable/index";
export type { OTProgress, OTResult, SolverOptions } from "./result";
export type { Values } from "./values";
