import type { Cost } from "../costs/cost";
import { type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import type { SolverOptions } from "../result";
import type { Values } from "../values";

/** Options of {@link sinkhornPoints}. */
export interface SinkhornPointsOptions extends SolverOptions {
  /** Weights of X, shape [n]; default 1/n each. */
  readonly a?: Values | null | undefined;
  /** Weights of Y, shape [m], with the same sum; default uniform. */
  readonly b?: Values | null | undefined;
  /** ε > 0 in units of the cost; default 0.05 times the standard deviation of the costs between points with weight. */
  readonly eps?: number | undefined;
  /** Cost between points; default `sqeuclidean`, without a factor ½. */
  readonly cost?: Cost | undefined;
  /**
   * Potentials to start from, such as those of a previous result, of which only `g` is used; or `gaussian` for those of
   * the Gaussians with the moments of both clouds, for squared Euclid only. Default zeros.
   */
  readonly init?: { readonly f?: Values; readonly g: Values } | "gaussian" | undefined;
  /** Steps that Anderson acceleration remembers, or false for none; default 20, unless `overrelax` is given. */
  readonly anderson?: number | false | undefined;
  /**
   * Over-relaxation in place of Anderson acceleration: ω ∈ (0, 2), or `auto` to take it from the observed rate; false for
   * plain iterations.
   */
  readonly overrelax?: "auto" | number | false | undefined;
  /** Factor in (0, 1) from one ε to the next on the way down from the spread of the costs; default false: begin at `eps`. */
  readonly anneal?: number | false | undefined;
}

/** All names in {@link SinkhornPointsOptions}. */
export const POINTS_NAMES: OptionNames<SinkhornPointsOptions> = {
  a: 1,
  b: 1,
  eps: 1,
  cost: 1,
  ...SOLVER_NAMES,
  init: 1,
  anderson: 1,
  overrelax: 1,
  anneal: 1,
};
