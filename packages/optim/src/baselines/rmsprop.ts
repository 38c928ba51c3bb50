import { type Tensor, zerosLike } from "@x/tensor";
import { chain, identity } from "../core/chain";
import { checkBeta, checkNonNegative, checkRate } from "../core/check";
import { type LeafwiseState, leafwise } from "../core/leafwise";
import { named } from "../core/named";
import { scaleByLearningRate } from "../core/scale";
import type { GradientTransformation, OptState, Rate } from "../types";
import { trace } from "./sgd";

/** Options of {@link rmsprop}. */
export interface RmspropOptions {
  /** Decay of the mean square, in [0, 1); default 0.9. */
  readonly decay?: number;
  /** ≥ 0; default 1e-8. */
  readonly eps?: number;
  /** Where eps is added: under the root or to it; default `inside`. */
  readonly epsAt?: "inside" | "outside";
  /** Divide by the standard deviation instead of the root mean square; default false. */
  readonly centred?: boolean;
  /** Of the scaled gradients, in [0, 1); default 0. */
  readonly momentum?: number;
}

/**
 * Divides by the root of a running mean of squared gradients: v ← ρv + (1−ρ)g², θ ← θ − lr·g/√(v + eps).
 *
 * @param lr - ≥ 0; may depend on the step
 * @throws ArgumentError for values out of range
 * @example
 * rmsprop(1e-3, { momentum: 0.9 })
 * @see Tieleman & Hinton 2012; Graves 2013 for the centred form
 */
export function rmsprop(
  lr: Rate,
  options: RmspropOptions = {},
): GradientTransformation<readonly OptState[]> {
  const { momentum = 0 } = options;
  checkRate("rmsprop", "lr", lr);
  checkBeta("rmsprop", "momentum", momentum);
  return named(
    "rmsprop",
    chain(
      scaleByRms(options),
      momentum === 0 ? identity() : trace({ momentum }),
      scaleByLearningRate(lr),
    ),
  );
}

/** The direction of {@link rmsprop} before momentum, learning rate and sign. */
export function scaleByRms(
  options: Omit<RmspropOptions, "momentum"> = {},
): GradientTransformation<LeafwiseState<"v"> | LeafwiseState<"v" | "mean">> {
  const { decay = 0.9, eps = 1e-8, epsAt = "inside", centred = false } = options;
  checkBeta("rmsprop", "decay", decay);
  checkNonNegative("rmsprop", "eps", eps);
  const zero = (p: Tensor): Tensor => zerosLike(p);
  const follow = (mean: Tensor, x: Tensor): Tensor => mean.mul(decay).add(x.mul(1 - decay));
  const scale = (g: Tensor, v: Tensor): Tensor =>
    g.div(epsAt === "inside" ? v.add(eps).sqrt() : v.sqrt().add(eps));
  if (centred) {
    return leafwise({
      name: "rmsprop",
      part: "scaleByRms",
      slots: { v: zero, mean: zero },
      leaf(g, { slots }) {
        const v = follow(slots.v, g.square());
        const mean = follow(slots.mean, g);
        // Rounding can take the variance of equal gradients below zero.
        return { update: scale(g, v.sub(mean.square()).maximum(0)), v, mean };
      },
    });
  }
  return leafwise({
    name: "rmsprop",
    part: "scaleByRms",
    slots: { v: zero },
    leaf(g, { slots }) {
      const v = follow(slots.v, g.square());
      return { update: scale(g, v), v };
    },
  });
}
