export { cond } from "./control/cond";
export { type ScanOptions, scan } from "./control/scan";
export { whileLoop } from "./control/while-loop";
export {
  type CpuOptions,
  configureCpu,
  getThreads,
  setThreads,
  shutdownThreads,
} from "./cpu/runtime";
export {
  arange,
  type DTypeOption,
  eye,
  full,
  fullLike,
  linspace,
  ones,
  onesLike,
  type TensorOptions,
  tensor,
  zeros,
  zerosLike,
} from "./creation";
export type { DType, TypedArray, TypedArrayOf } from "./dtype";
export {
  ArgumentError,
  ConvergenceError,
  DeviceError,
  type ErrorData,
  ShapeError,
  TraceError,
} from "./errors";
export type { Device } from "./internal/device";
export type { TensorsLike, TensorsOf } from "./internal/regroup";
export * from "./ops/arithmetic";
export * from "./ops/compare";
export * from "./ops/conv";
export * from "./ops/cumulative";
export * from "./ops/dynamic-slice";
export * from "./ops/einsum";
export * from "./ops/indexing";
export * from "./ops/join";
export * from "./ops/math";
export * from "./ops/matmul";
export * from "./ops/meshgrid";
export * from "./ops/non-zero";
export * from "./ops/pad";
export * from "./ops/pool";
export * from "./ops/reduce";
export * from "./ops/scatter";
export * from "./ops/shape-ops";
export * from "./ops/sorting";
export * from "./ops/statistics";
export * from "./ops/take";
export * from "./ops/triangular";
export type { Padding, PerAxis } from "./ops/window";
export * as random from "./random";
export type { Shape } from "./shape";
export {
  isTensor,
  type Nested,
  type NestedArray,
  Tensor,
  type TensorJSON,
  type TensorLike,
} from "./tensor";
export { checkpoint } from "./transform/checkpoint";
export { customVjp } from "./transform/custom-vjp";
export {
  type GradientOf,
  type GradOptions,
  grad,
  linearize,
  type TensorTree,
  valueAndGrad,
  valueAndGradWithAux,
  vjp,
} from "./transform/grad";
export { hessian, type JacobianOptions, jacobian } from "./transform/jacobian";
export { type JitOptions, jit, lower } from "./transform/jit";
export { hvp, jvp } from "./transform/jvp";
export { stopGradient } from "./transform/stop-gradient";
export { type VmapOptions, vmap } from "./transform/vmap";
export type { Leaf, MapTree, Structure, Tree } from "./tree";
export * as tree from "./tree";
