export { ballDomain, boxDomain, type Domain, simplexDomain } from "./domains";
export {
  type DynamicMirrorDescentOptions,
  type DynamicMirrorDescentState,
  dynamicMirrorDescent,
} from "./dynamic-mirror-descent";
export {
  type MirrorDescentOptions,
  type MirrorDescentState,
  type OnlineLearner,
  type OnlineMode,
  optimisticMirrorDescent,
} from "./optimistic-mirror-descent";
