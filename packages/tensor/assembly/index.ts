export * from "./gemm";
export * from "./copy";
export * from "./gather";
