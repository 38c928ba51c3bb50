import { ArgumentError, type Tensor } from "@x/tensor";
import { checkCount, checkTransformation } from "../core/check";
import { firstStep } from "../core/leafwise";
import { describeAround } from "../core/named";
import { needsParams } from "../core/needs";
import { parameterEntries, zipTrees } from "../core/tree";
import { verifyInside } from "../core/verify-inside";
import type { GradientTransformation, OptState } from "../types";

/** Options of {@link lookahead}. */
export interface LookaheadOptions {
  /** Fast steps per slow one, ≥ 1; default 5. */
  readonly every?: number;
  /** Share of the way to the fast weights that the slow ones go, in (0, 1]; default 0.5. */
  readonly alpha?: number;
}

/** State of {@link lookahead}. */
export interface LookaheadState {
  readonly step: Tensor;
  /** Slow weights, in the structure of the parameters. */
  readonly slow: OptState;
  readonly inner: OptState;
  readonly [key: string]: OptState;
}

/**
 * Every k steps, slow weights go a part of the way to the fast ones, and the fast ones go back to them.
 *
 * φ ← φ + α(θ − φ), θ ← φ.
 *
 * @param transformation - moves the fast weights
 * @throws ArgumentError for options out of range, and in `update` without parameters
 * @example
 * lookahead(adam(1e-3), { every: 6 })
 * @see Zhang et al. 2019, algorithm 1
 */
export function lookahead(
  transformation: GradientTransformation,
  options: LookaheadOptions = {},
): GradientTransformation<LookaheadState> {
  checkTransformation("lookahead", "transformation", transformation);
  const { every = 5, alpha = 0.5 } = options;
  checkCount("lookahead", "every", every);
  if (!(alpha > 0 && alpha <= 1)) {
    throw new ArgumentError(`lookahead: expected alpha in (0, 1]; got ${alpha}`, { alpha });
  }
  return {
    init(params) {
      parameterEntries("lookahead", params);
      return { step: firstStep(), slow: params as OptState, inner: transformation.init(params) };
    },
    update(grads, state, params, extra) {
      if (params === undefined) throw needsParams("lookahead");
      const fast = transformation.update(grads, state.inner, params, extra);
      const step = state.step.add(1);
      const meet = step.mod(every).equal(0);
      const [updates, slow] = zipTrees(
        "lookahead",
        { updates: fast.updates, params, slow: state.slow },
        2,
        {
          leaf(leaves) {
            const [u, p, s] = leaves as readonly [Tensor, Tensor, Tensor];
            const next = meet.where(s.add(p.add(u).sub(s).mul(alpha)), s);
            return [meet.where(next.sub(p), u), next];
          },
          absent: ([, s]) => [null, s],
        },
      );
      return {
        updates: updates as typeof grads,
        state: { step, slow: slow as OptState, inner: fast.state },
      };
    },
    ...verifyInside(transformation, (state: LookaheadState) => state.inner),
    ...describeAround("lookahead", transformation),
  };
}
