export {
  type NewtonProgress,
  type NewtonResult,
  type SinkhornNewtonOptions,
  sinkhornNewton,
} from "./sinkhorn-newton";
