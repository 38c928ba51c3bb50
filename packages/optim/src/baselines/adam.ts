import { type Tensor, zerosLike } from "@x/tensor";
import { chain, identity } from "../core/chain";
import { checkBeta, checkNonNegative, checkRate } from "../core/check";
import { type LeafContext, type LeafwiseState, leafwise } from "../core/leafwise";
import { named } from "../core/named";
import { isTraced, oneMinusPower, reciprocal, type Scalar } from "../core/scalar";
import { addDecayedWeights, scaleByLearningRate } from "../core/scale";
import type { GradientTransformation, OptState, Rate } from "../types";

/** Options of {@link adam}. */
export interface AdamOptions {
  /** Decay of the means of g and g², both in [0, 1); default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Added to the root, ≥ 0; default 1e-8. */
  readonly eps?: number;
  /** Added under the root, ≥ 0; default 0. Makes the update differentiable where g = 0. */
  readonly epsRoot?: number;
  /** Divide by the largest v so far; default false. */
  readonly amsgrad?: boolean;
  /** Look one step ahead along the momentum; default false. */
  readonly nesterov?: boolean;
}

/** Options of {@link adamw}. */
export interface AdamWOptions extends AdamOptions {
  /** Decoupled, ≥ 0, multiplied by lr; default 1e-2. May depend on the step. */
  readonly weightDecay?: Rate;
}

/**
 * Steps of the gradient's mean over the root of its mean square.
 *
 * m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g²; θ ← θ − lr · m̂ / (√(v̂ + epsRoot) + eps), m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ).
 *
 * @param lr - ≥ 0; may depend on the step
 * @throws ArgumentError for values out of range
 * @example
 * const t = adam(1e-3);
 * let state = t.init(params);
 * const result = t.update(grads, state);
 * params = applyUpdates(params, result.updates);
 * state = result.state;
 * @see Kingma & Ba 2015, algorithm 1; Reddi et al. 2018 for amsgrad; Dozat 2016 for nesterov
 */
export function adam(
  lr: Rate,
  options: AdamOptions = {},
): GradientTransformation<readonly OptState[]> {
  checkRate("adam", "lr", lr);
  return named("adam", chain(scaleByAdam(options), scaleByLearningRate(lr)));
}

/**
 * Adam with decoupled weight decay: θ ← θ − lr · (Adam's direction + weightDecay · θ).
 *
 * @param lr - ≥ 0; may depend on the step
 * @throws ArgumentError for values out of range, and in `update` without parameters
 * @example
 * adamw(cosineSchedule(1e-3, 1000), { weightDecay: 0.1 })
 * @see Loshchilov & Hutter 2019, algorithm 2
 */
export function adamw(
  lr: Rate,
  options: AdamWOptions = {},
): GradientTransformation<readonly OptState[]> {
  const { weightDecay = 1e-2, ...rest } = options;
  checkRate("adamw", "lr", lr);
  checkRate("adamw", "weightDecay", weightDecay);
  return named(
    "adamw",
    chain(
      scaleByAdam(rest),
      weightDecay === 0 ? identity() : addDecayedWeights(weightDecay),
      scaleByLearningRate(lr),
    ),
  );
}

/** Reciprocals of 1 − βᵗ: coordinates are multiplied by them, which is cheaper than being divided. */
type Corrections = "c1" | "c1Next" | "c2";

/** The direction of {@link adam}, without learning rate and sign. */
export function scaleByAdam(
  options: AdamOptions = {},
): GradientTransformation<LeafwiseState<"m" | "v"> | LeafwiseState<"m" | "v" | "vMax">> {
  const {
    betas = [0.9, 0.999],
    eps = 1e-8,
    epsRoot = 0,
    amsgrad = false,
    nesterov = false,
  } = options;
  const [b1, b2] = betas;
  checkBeta("adam", "betas[0]", b1);
  checkBeta("adam", "betas[1]", b2);
  checkNonNegative("adam", "eps", eps);
  checkNonNegative("adam", "epsRoot", epsRoot);
  const zero = (p: Tensor): Tensor => zerosLike(p);
  const scalars = (t: Scalar): Record<Corrections, Scalar> => ({
    c1: reciprocal(oneMinusPower(b1, t)),
    c1Next: nesterov ? reciprocal(oneMinusPower(b1, isTraced(t) ? t.add(1) : t + 1)) : 1,
    c2: reciprocal(oneMinusPower(b2, t)),
  });
  type Context = Pick<LeafContext<"m" | "v", Corrections>, "slots" | "scalars">;
  const moments = (g: Tensor, { slots }: Context): { m: Tensor; v: Tensor } => ({
    m: slots.m.mul(b1).add(g.mul(1 - b1)),
    v: slots.v.mul(b2).add(g.square().mul(1 - b2)),
  });
  const direction = (g: Tensor, m: Tensor, v: Tensor, { scalars }: Context): Tensor => {
    const { c1, c1Next, c2 } = scalars;
    const mean = nesterov
      ? m
          .mul(b1)
          .mul(c1Next)
          .add(g.mul(1 - b1).mul(c1))
      : m.mul(c1);
    const square = v.mul(c2);
    return mean.div((epsRoot === 0 ? square : square.add(epsRoot)).sqrt().add(eps));
  };
  if (amsgrad) {
    return leafwise({
      name: "adam",
      part: "scaleByAdam",
      slots: { m: zero, v: zero, vMax: zero },
      scalars,
      leaf(g, context) {
        const { m, v } = moments(g, context);
        const vMax = context.slots.vMax.maximum(v);
        return { update: direction(g, m, vMax, context), m, v, vMax };
      },
    });
  }
  return leafwise({
    name: "adam",
    part: "scaleByAdam",
    slots: { m: zero, v: zero },
    scalars,
    leaf(g, context) {
      const { m, v } = moments(g, context);
      return { update: direction(g, m, v, context), m, v };
    },
  });
}
