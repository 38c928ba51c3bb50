import { cond, random, type Tensor, zerosLike } from "@x/tensor";
import { chain, identity } from "../core/chain";
import { checkBeta, checkCount, checkPositive, checkRate } from "../core/check";
import { firstStep } from "../core/leafwise";
import { named } from "../core/named";
import { neededFunction, needsParams } from "../core/needs";
import { inDtype, oneMinusPower, toScalar } from "../core/scalar";
import { addDecayedWeights, scaleByLearningRate } from "../core/scale";
import { checkLeaf, mapLeaves, parameterEntries, zipTrees } from "../core/tree";
import type { Extra, GradientTransformation, OptState, Rate } from "../types";

/** Options of {@link sophia}. */
export interface SophiaOptions {
  /** Decay of the means of gradients and of curvatures, both in [0, 1); default [0.965, 0.99]. */
  readonly betas?: readonly [number, number];
  /** Weight of the curvature: larger shortens steps, > 0; default 0.01. */
  readonly gamma?: number;
  /** Least divisor, > 0; default 1e-8. */
  readonly eps?: number;
  /** Steps between two estimates of the curvature, ≥ 1; default 10. */
  readonly every?: number;
  /** Seed of the random signs; default 0. */
  readonly seed?: number;
  /** Decoupled, ≥ 0; default 0. */
  readonly weightDecay?: Rate;
}

/** State of {@link scaleBySophia}. */
export interface SophiaState {
  readonly step: Tensor;
  readonly key: Tensor;
  /** Mean of gradients. */
  readonly m: OptState;
  /** Mean of estimates of the Hessian's diagonal. */
  readonly h: OptState;
  readonly [key: string]: OptState;
}

/**
 * Steps of gradient over curvature, clipped coordinate by coordinate (Sophia-H).
 *
 * m as Adam; every k steps h ← β₂h + (1−β₂)·z⊙Hz with random signs z; θ ← θ − lr·clip(m̂/max(γh, eps), ±1). Where the
 * curvature is negative the step is the sign of m.
 *
 * @param lr - ≥ 0; may depend on the step
 * @throws ArgumentError for options out of range, and in `update` without parameters or `extra.hvp`
 * @example
 * sophia(1e-3).update(grads, state, params, { hvp: (v) => hvp(loss)(params, v) });
 * @see Liu et al. 2023, algorithms 1 and 3
 */
export function sophia(
  lr: Rate,
  options: SophiaOptions = {},
): GradientTransformation<readonly OptState[]> {
  const { weightDecay = 0, ...rest } = options;
  checkRate("sophia", "lr", lr);
  return named(
    "sophia",
    chain(
      scaleBySophia(rest),
      weightDecay === 0 ? identity() : addDecayedWeights(weightDecay),
      scaleByLearningRate(lr),
    ),
  );
}

/** The direction of {@link sophia}, without weight decay, learning rate and sign. */
export function scaleBySophia(
  options: Omit<SophiaOptions, "weightDecay"> = {},
): GradientTransformation<SophiaState> {
  const { betas = [0.965, 0.99], gamma = 0.01, eps = 1e-8, every = 10, seed = 0 } = options;
  const [b1, b2] = betas;
  checkBeta("sophia", "betas[0]", b1);
  checkBeta("sophia", "betas[1]", b2);
  checkPositive("sophia", "gamma", gamma);
  checkPositive("sophia", "eps", eps);
  checkCount("sophia", "every", every);
  const zero = <P>(params: P): OptState =>
    mapLeaves("sophia", params, (p) => zerosLike(p)) as OptState;
  return named("scaleBySophia", {
    init(params) {
      parameterEntries("sophia", params);
      return { step: firstStep(), key: random.key(seed), m: zero(params), h: zero(params) };
    },
    update<P>(grads: P, state: SophiaState, params?: P, extra?: Extra) {
      if (params === undefined) throw needsParams("sophia");
      const hvp = neededFunction("sophia", "hvp", extra) as unknown as (v: P) => unknown;
      const step = state.step.add(1);
      const look = (): OptState => {
        const z = signs(params, random.foldIn(state.key, state.step));
        const [h] = zipTrees("sophia", { h: state.h, z, product: hvp(z) }, 1, {
          leaf(leaves) {
            const [before, sign, product] = leaves as readonly [Tensor, Tensor, Tensor];
            return [before.mul(b2).add(sign.mul(product).mul(1 - b2))];
          },
          absent: () => [null],
        });
        return h as OptState;
      };
      const due = state.step.mod(every).equal(0);
      const h = cond(due, look, () => state.h);
      const correction = oneMinusPower(b1, toScalar(step));
      const [updates, m] = zipTrees(
        "sophia",
        { grads, params, "state.m": state.m, "state.h": h },
        2,
        {
          leaf([grad, param, before, curvature], path) {
            const g = grad as Tensor;
            checkLeaf("sophia", path, g, param);
            const mean = (before as Tensor).mul(b1).add(g.mul(1 - b1));
            const divisor = (curvature as Tensor).mul(gamma).maximum(eps);
            return [mean.div(inDtype(correction, g.dtype)).div(divisor).clip(-1, 1), mean];
          },
          absent: ([, before]) => [null, before],
        },
      );
      return {
        updates: updates as P,
        state: { step, key: state.key, m: m as OptState, h },
      };
    },
  });
}

/** Random signs in the structure of parameters. */
function signs<P>(params: P, key: Tensor): P {
  let leaf = 0;
  return mapLeaves("sophia", params, (p) =>
    random.rademacher(random.foldIn(key, leaf++), p.shape, { dtype: p.dtype as "f32" | "f64" }),
  );
}
