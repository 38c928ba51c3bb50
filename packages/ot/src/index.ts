export * from "./costs/index";
export * from "./differentiable/index";
export * from "./exact/index";
export * from "./jko/index";
export type { OTProgress, OTResult, SolverOptions } from "./result";
export * from "./sliced/index";
export * from "./streaming/index";
export * from "./unbalanced/index";
export type { Values } from "./values";
