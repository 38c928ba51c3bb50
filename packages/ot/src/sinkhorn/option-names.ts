import { type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import type { SinkhornOptions } from "./options";

/** What {@link SinkhornOptions} are called. */
export const SINKHORN_NAMES: OptionNames<SinkhornOptions> = {
  eps: 1,
  ...SOLVER_NAMES,
  mode: 1,
  checkEvery: 1,
  init: 1,
  overrelax: 1,
  anneal: 1,
  anderson: 1,
  finish: 1,
  strict: 1,
};
