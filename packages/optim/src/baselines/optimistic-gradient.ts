import { zerosLike } from "@x/tensor";
import { chain } from "../core/chain";
import { checkNonNegative, checkRate } from "../core/check";
import { leafwise } from "../core/leafwise";
import { named } from "../core/named";
import { scaleByLearningRate } from "../core/scale";
import type { GradientTransformation, OptState, Rate } from "../types";

/** Options of {@link optimisticGradient}. */
export interface OptimisticGradientOptions {
  /** Weight of the gradient, ≥ 0; default 1. */
  readonly alpha?: number;
  /** Weight of its change since the last step, ≥ 0; default 1. */
  readonly beta?: number;
}

/**
 * Descent along the gradient that is expected next: θ ← θ − lr·[(α+β)·gₜ − β·gₜ₋₁].
 *
 * Min-max problems on which plain gradient steps spiral outwards converge. The first step takes g₀ = g₁.
 *
 * @param lr - ≥ 0; may depend on the step
 * @throws ArgumentError for values out of range
 * @example
 * optimisticGradient(0.1) // on x·y: pass the gradient of y with its sign turned
 * @see Popov 1980; Daskalakis et al. 2018
 */
export function optimisticGradient(
  lr: Rate,
  options: OptimisticGradientOptions = {},
): GradientTransformation<readonly OptState[]> {
  const { alpha = 1, beta = 1 } = options;
  checkRate("optimisticGradient", "lr", lr);
  checkNonNegative("optimisticGradient", "alpha", alpha);
  checkNonNegative("optimisticGradient", "beta", beta);
  return named(
    "optimisticGradient",
    chain(
      leafwise<"previous", "known">({
        name: "optimisticGradient",
        slots: { previous: (p) => zerosLike(p) },
        // Before the first step there is no previous gradient: 0 there, 1 from the second step on.
        scalars: (t) => ({
          known: typeof t === "number" ? Math.min(t - 1, 1) : t.sub(1).minimum(1),
        }),
        leaf(g, { slots, scalars }) {
          const change = g.sub(slots.previous).mul(scalars.known);
          return { update: g.mul(alpha).add(change.mul(beta)), previous: g };
        },
      }),
      scaleByLearningRate(lr),
    ),
  );
}
