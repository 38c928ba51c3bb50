export { type BarycenterOptions, type BarycenterResult, barycenter } from "./barycenter";
export {
  type FreeSupportBarycenter,
  type FreeSupportOptions,
  freeSupportBarycenter,
} from "./free-support";
