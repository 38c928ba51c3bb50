export type { SinkhornPointsOptions } from "./options";
export { sinkhornPoints } from "./sinkhorn-points";
