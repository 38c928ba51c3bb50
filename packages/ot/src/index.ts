export * from "./costs/index";
export type { OTProgress, OTResult, SolverOptions } from "./result";
export type { Values } from "./values";
