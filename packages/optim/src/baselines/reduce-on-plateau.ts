import { type Tensor, tensor } from "@x/tensor";
import { checkBeta, checkCount, checkNonNegative } from "../core/check";
import { firstStep } from "../core/leafwise";
import { named } from "../core/named";
import { neededValue } from "../core/needs";
import { mapLeaves } from "../core/tree";
import type { GradientTransformation, OptState } from "../types";

/** Options of {@link reduceOnPlateau}. */
export interface ReduceOnPlateauOptions {
  /** What the scale is multiplied by, in [0, 1); default 0.5. */
  readonly factor?: number;
  /** Steps without progress that are borne, ≥ 0; default 10. */
  readonly patience?: number;
  /** Share by which the best loss must be undercut to count as progress, in [0, 1); default 1e-4. */
  readonly threshold?: number;
  /** Steps after a reduction in which nothing is counted, ≥ 0; default 0. */
  readonly cooldown?: number;
  /** Least scale, ≥ 0; default 0. */
  readonly minScale?: number;
}

/** State of {@link reduceOnPlateau}. */
export interface PlateauState {
  /** Present factor, f64 scalar. */
  readonly scale: Tensor;
  /** Best loss so far. */
  readonly best: Tensor;
  /** Steps since then. */
  readonly waited: Tensor;
  /** Steps left in which nothing is counted. */
  readonly cooling: Tensor;
  readonly [key: string]: OptState;
}

/**
 * Scales updates down when the loss stops falling; comes last in a chain and reads `extra.value` at each step.
 *
 * @throws ArgumentError for options out of range, and in `update` without a value
 * @example
 * chain(adam(1e-3), reduceOnPlateau({ patience: 5 }))
 */
export function reduceOnPlateau(
  options: ReduceOnPlateauOptions = {},
): GradientTransformation<PlateauState> {
  const { factor = 0.5, patience = 10, threshold = 1e-4, cooldown = 0, minScale = 0 } = options;
  checkBeta("reduceOnPlateau", "factor", factor);
  checkBeta("reduceOnPlateau", "threshold", threshold);
  checkCount("reduceOnPlateau", "patience", patience, 0);
  checkCount("reduceOnPlateau", "cooldown", cooldown, 0);
  checkNonNegative("reduceOnPlateau", "minScale", minScale);
  return named("reduceOnPlateau", {
    init: () => ({
      scale: tensor(1, { dtype: "f64" }),
      best: tensor(Number.POSITIVE_INFINITY, { dtype: "f64" }),
      waited: firstStep(),
      cooling: firstStep(),
    }),
    update(grads, state, _, extra) {
      const value = neededValue("reduceOnPlateau", extra?.value);
      // Measured from |best|, so that falling below zero is progress, too.
      const better = value
        .less(state.best.sub(state.best.abs().mul(threshold)))
        .logicalOr(state.best.isInf().logicalAnd(value.isFinite()));
      const cold = state.cooling.greater(0);
      const waited = better.logicalOr(cold).where(0, state.waited.add(1));
      const reduce = waited.greater(patience);
      const scale = reduce.where(state.scale.mul(factor).maximum(minScale), state.scale);
      return {
        updates: mapLeaves("reduceOnPlateau", grads, (g) => g.mul(scale.cast(g.dtype))),
        state: {
          scale,
          best: better.where(value, state.best),
          waited: reduce.where(0, waited),
          cooling: reduce.where(cooldown, state.cooling.sub(1).maximum(0)),
        },
      };
    },
  });
}
