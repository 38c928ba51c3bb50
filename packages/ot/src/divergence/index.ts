export {
  type DivergencePotentials,
  type SinkhornDivergenceOptions,
  type SinkhornDivergenceResult,
  sinkhornDivergence,
} from "./sinkhorn-divergence";
