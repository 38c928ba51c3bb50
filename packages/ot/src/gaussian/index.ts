export {
  type BuresBarycenter,
  type BuresBarycenterOptions,
  buresBarycenter,
} from "./bures-barycenter";
export { buresW2 } from "./bures-w2";
export {
  type AffineMap,
  type EmpiricalMapOptions,
  empiricalGaussianMap,
  gaussianMap,
} from "./gaussian-map";
