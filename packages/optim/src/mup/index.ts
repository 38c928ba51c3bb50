export {
  type AbcClass,
  type AbcName,
  type AbcParametrization,
  abcParametrization,
  classifyAbc,
} from "./classify-abc";
export {
  type CoordCheckModel,
  type CoordCheckOptions,
  type CoordCheckResult,
  type CoordCheckRow,
  coordCheck,
} from "./coord-check";
export {
  type DrawnBy,
  type MuP,
  type MuPMultipliers,
  type MuPOptions,
  type MuPRole,
  muP,
} from "./mup";
