export * from "./costs/index";
export * from "./differentiable/index";
export * from "./exact/index";
export type { OTProgress, OTResult, SolverOptions } from "./result";
export * from "./sliced/index";
export * from "./streaming/index";
export type { Values } from "./values";
