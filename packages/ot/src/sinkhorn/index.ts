export type { SinkhornMode, SinkhornOptions } from "./options";
export { sinkhorn } from "./sinkhorn";
