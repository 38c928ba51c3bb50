import { zerosLike } from "@x/tensor";
import { chain, identity } from "../core/chain";
import { checkBeta, checkRate } from "../core/check";
import { type LeafwiseState, leafwise } from "../core/leafwise";
import { named } from "../core/named";
import { addDecayedWeights, scaleByLearningRate } from "../core/scale";
import type { GradientTransformation, OptState, Rate } from "../types";

/** Options of {@link lion}. */
export interface LionOptions {
  /** Weights of the momentum in the step and in its own update, in [0, 1); default [0.9, 0.99]. */
  readonly betas?: readonly [number, number];
  /** Decoupled, ≥ 0; default 0. */
  readonly weightDecay?: Rate;
}

/**
 * Steps of one size in every coordinate: u = sign(β₁m + (1−β₁)g), m ← β₂m + (1−β₂)g, θ ← θ − lr·(u + wd·θ).
 *
 * Half of Adam's state. Use 3 to 10 times smaller lr and 3 to 10 times larger weight decay than with AdamW.
 * Coordinates that never saw a gradient stay: sign(0) = 0.
 *
 * @param lr - ≥ 0; may depend on the step
 * @throws ArgumentError for values out of range
 * @example
 * lion(1e-4, { weightDecay: 0.1 })
 * @see Chen et al. 2023, algorithm 2
 */
export function lion(
  lr: Rate,
  options: LionOptions = {},
): GradientTransformation<readonly OptState[]> {
  const { weightDecay = 0, ...rest } = options;
  checkRate("lion", "lr", lr);
  return named(
    "lion",
    chain(
      scaleByLion(rest),
      weightDecay === 0 ? identity() : addDecayedWeights(weightDecay),
      scaleByLearningRate(lr),
    ),
  );
}

/** The direction of {@link lion}, without weight decay, learning rate and sign. */
export function scaleByLion(
  options: Pick<LionOptions, "betas"> = {},
): GradientTransformation<LeafwiseState<"m">> {
  const [b1, b2] = options.betas ?? [0.9, 0.99];
  checkBeta("lion", "betas[0]", b1);
  checkBeta("lion", "betas[1]", b2);
  return leafwise({
    name: "lion",
    part: "scaleByLion",
    slots: { m: (p) => zerosLike(p) },
    leaf: (g, { slots }) => ({
      update: slots.m
        .mul(b1)
        .add(g.mul(1 - b1))
        .sign(),
      m: slots.m.mul(b2).add(g.mul(1 - b2)),
    }),
  });
}
