import { ArgumentError, zerosLike } from "@x/tensor";
import { chain, identity } from "../core/chain";
import { checkBeta, checkRate } from "../core/check";
import { type LeafwiseState, leafwise } from "../core/leafwise";
import { named } from "../core/named";
import { addDecayedWeights, scaleByLearningRate } from "../core/scale";
import type { GradientTransformation, OptState, Rate } from "../types";

/** Options of {@link sgd}. */
export interface SgdOptions {
  /** μ in [0, 1); default 0, no momentum and no state. */
  readonly momentum?: number;
  /** Look ahead along the momentum; default false. */
  readonly nesterov?: boolean;
  /** Part of the gradient that does not enter the momentum, in [0, 1); default 0. */
  readonly dampening?: number;
  /** Decoupled, ≥ 0; default 0. */
  readonly weightDecay?: Rate;
}

/**
 * Gradient descent, with heavy-ball or Nesterov momentum.
 *
 * m ← μm + (1 − dampening)·g; update −lr·m, with Nesterov −lr·(g + μm).
 *
 * On a quadratic of curvature h plain descent multiplies the error by 1 − lr·h, so it needs lr < 2/h.
 *
 * @param lr - ≥ 0; may depend on the step
 * @throws ArgumentError for values out of range, and for Nesterov without momentum or with dampening
 * @example
 * const t = sgd(0.1, { momentum: 0.9 });
 * const { updates, state } = t.update(grads, t.init(params));
 * @see Polyak 1964; Sutskever et al. 2013
 */
export function sgd(
  lr: Rate,
  options: SgdOptions = {},
): GradientTransformation<readonly OptState[]> {
  const { momentum = 0, nesterov = false, dampening = 0, weightDecay = 0 } = options;
  checkRate("sgd", "lr", lr);
  return named(
    "sgd",
    chain(
      momentum === 0 && !nesterov ? identity() : trace({ momentum, nesterov, dampening }),
      weightDecay === 0 ? identity() : addDecayedWeights(weightDecay),
      scaleByLearningRate(lr),
    ),
  );
}

/**
 * Accumulates gradients: m ← μm + (1 − dampening)·g, giving m, or g + μm with Nesterov.
 *
 * @param options.momentum - μ in [0, 1); default 0.9
 * @throws ArgumentError for values out of range, and for Nesterov without momentum or with dampening
 */
export function trace(
  options: Pick<SgdOptions, "momentum" | "nesterov" | "dampening"> = {},
): GradientTransformation<LeafwiseState<"m">> {
  const { momentum = 0.9, nesterov = false, dampening = 0 } = options;
  checkBeta("sgd", "momentum", momentum);
  checkBeta("sgd", "dampening", dampening);
  if (nesterov && (momentum === 0 || dampening !== 0)) {
    throw new ArgumentError(
      `sgd: expected momentum > 0 and no dampening with nesterov; got momentum ${momentum}, dampening ${dampening}`,
      { momentum, dampening },
    );
  }
  return leafwise({
    name: "sgd",
    part: "trace",
    slots: { m: (p) => zerosLike(p) },
    leaf(g, { slots }) {
      const m = slots.m.mul(momentum).add(dampening === 0 ? g : g.mul(1 - dampening));
      return { update: nesterov ? m.mul(momentum).add(g) : m, m };
    },
  });
}
