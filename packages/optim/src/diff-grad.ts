import { type Tensor, zerosLike } from "@x/tensor";
import { chain, identity } from "./core/chain";
import { checkBeta, checkNonNegative, checkRate } from "./core/check";
import { type LeafwiseState, leafwise } from "./core/leafwise";
import { named } from "./core/named";
import { oneMinusPower, type Scalar } from "./core/scalar";
import { addDecayedWeights, scaleByLearningRate } from "./core/scale";
import type { GradientTransformation, OptState, Rate } from "./types";

/** Options of {@link diffGrad}. */
export interface DiffGradOptions {
  /** Decay of the mean of g, in [0, 1); default 0.9. */
  readonly b1?: number;
  /** Decay of the mean of g², in [0, 1); default 0.999. */
  readonly b2?: number;
  /** Added to the root, ≥ 0; default 1e-8. */
  readonly eps?: number;
  /** ≥ 0; default 0. A schedule needs `decoupled`. */
  readonly weightDecay?: number;
  /** Decay weights beside the step, not by the gradient; default false, as published. */
  readonly decoupled?: boolean;
}

/**
 * Adam with friction where the gradient has stopped changing.
 *
 * ξ = 1/(1 + exp(−|g_{t−1} − g_t|)) ∈ [½, 1), g₀ = 0; θ ← θ − lr · √(1−β₂ᵗ)/(1−β₁ᵗ) · ξ · m/(√v + eps), m and v as
 * in Adam. Three buffers instead of Adam's two.
 *
 * @param lr - ≥ 0; default 1e-3; may depend on the step
 * @throws ArgumentError for values out of range
 * @example
 * diffGrad(1e-3, { weightDecay: 1e-2, decoupled: true })
 * @see Dubey et al. 2020, "diffGrad: An Optimization Method for Convolutional Neural Networks"
 */
export function diffGrad(
  lr: Rate = 1e-3,
  options: DiffGradOptions = {},
): GradientTransformation<readonly OptState[]> {
  const { weightDecay = 0, decoupled = false, ...rest } = options;
  checkRate("diffGrad", "lr", lr);
  checkNonNegative("diffGrad", "weightDecay", weightDecay);
  const decay = weightDecay === 0 ? identity() : addDecayedWeights(weightDecay);
  const direction = scaleByDiffGrad(rest);
  const rate = scaleByLearningRate(lr);
  return named(
    "diffGrad",
    decoupled ? chain(direction, decay, rate) : chain(decay, direction, rate),
  );
}

/** The direction of {@link diffGrad}, without learning rate and sign. */
export function scaleByDiffGrad(
  options: Pick<DiffGradOptions, "b1" | "b2" | "eps"> = {},
): GradientTransformation<LeafwiseState<"m" | "v" | "previous">> {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8 } = options;
  checkBeta("diffGrad", "b1", b1);
  checkBeta("diffGrad", "b2", b2);
  checkNonNegative("diffGrad", "eps", eps);
  const zero = (p: Tensor): Tensor => zerosLike(p);
  return leafwise({
    name: "diffGrad",
    part: "scaleByDiffGrad",
    slots: { m: zero, v: zero, previous: zero },
    scalars: (t) => ({ correction: correctionAt(b1, b2, t) }),
    leaf(g, { slots, scalars: { correction } }) {
      const m = slots.m.mul(b1).add(g.mul(1 - b1));
      const v = slots.v.mul(b2).add(g.square().mul(1 - b2));
      const friction = slots.previous.sub(g).abs().sigmoid();
      const update = m.mul(friction).div(v.sqrt().add(eps)).mul(correction);
      return { update, m, v, previous: g };
    },
  });
}

/** √(1−β₂ᵗ)/(1−β₁ᵗ) */
function correctionAt(b1: number, b2: number, t: Scalar): Scalar {
  const [c1, c2] = [oneMinusPower(b1, t), oneMinusPower(b2, t)];
  if (typeof c2 !== "number") return c2.sqrt().div(c1);
  return typeof c1 === "number" ? Math.sqrt(c2) / c1 : c1.reciprocal().mul(Math.sqrt(c2));
}
