import { isTensor, type Tensor } from "@x/tensor";
import { checkCount } from "../core/check";
import {
  type MirrorDescentOptions,
  type MirrorDescentState,
  type OnlineLearner,
  optimisticMirrorDescent,
} from "./optimistic-mirror-descent";

/** Options of {@link dynamicMirrorDescent}. */
export interface DynamicMirrorDescentOptions
  extends Omit<MirrorDescentOptions, "mode" | "geometry" | "optimistic"> {
  /** Number of rounds T that will be played. */
  readonly horizon: number;
}

/** State of {@link dynamicMirrorDescent} as plain JSON. */
export interface DynamicMirrorDescentState {
  /** Of the copies. */
  readonly learners: readonly MirrorDescentState[];
  /** Linearised losses of the copies so far. */
  readonly losses: readonly number[];
  /** The gradient that is expected again. */
  readonly hint: readonly number[];
  /** Σ‖g_t − g_{t−1}‖² */
  readonly variation: number;
}

/**
 * Online decisions for a target that moves: copies of {@link optimisticMirrorDescent} with step sizes that double,
 * mixed by optimistic Hedge.
 *
 * K = ⌈½ log₂ T⌉ + 1 copies; copy k gets weight ∝ exp(−ε(Σ_s ⟨g_s, x_{s,k}⟩ + ⟨M_t, x_{t,k}⟩)) with
 * ε = √(ln K)/(D√(4G² + V)) by the variation V of gradients.
 *
 * @throws ArgumentError as {@link optimisticMirrorDescent}
 * @example
 * const learner = dynamicMirrorDescent({ dimension: 2, domain: ballDomain(1), G: 3, L: 1, horizon: 1000 });
 * @see Chen et al. 2023, §5; the mixture is the standard one for such ensembles
 */
export function dynamicMirrorDescent(
  options: DynamicMirrorDescentOptions,
): OnlineLearner<DynamicMirrorDescentState> {
  const { horizon, dimension, domain, G, L = 0 } = options;
  checkCount("dynamicMirrorDescent", "horizon", horizon);
  const D = domain.diameter;
  const copies = Math.ceil(0.5 * Math.log2(horizon)) + 1;
  // From the smallest step that could pay over the horizon to the largest that the smoothness allows.
  const smallest = D / Math.sqrt(10 * D * D * L * L + 8 * G * G * horizon);
  const learners = Array.from({ length: copies }, (_, k) =>
    optimisticMirrorDescent({ ...options, mode: { kind: "fixed", eta: smallest * 2 ** k } }),
  );
  let losses: Float64Array = new Float64Array(copies);
  let hint: Float64Array = new Float64Array(dimension);
  let variation = 0;
  let seen = false;
  const points = (): Float64Array[] => learners.map((learner) => learner.decide());
  const decide = (): Float64Array => {
    const epsilon = Math.sqrt(Math.log(copies + 1)) / (D * Math.sqrt(4 * G * G + variation));
    const candidates = points();
    const scores = candidates.map((x, k) => -epsilon * ((losses[k] as number) + dot(hint, x)));
    const top = Math.max(...scores);
    const weights = scores.map((s) => Math.exp(s - top));
    const sum = weights.reduce((a, b) => a + b, 0);
    const mixed = new Float64Array(dimension);
    candidates.forEach((x, k) => {
      x.forEach((v, i) => {
        mixed[i] = (mixed[i] as number) + ((weights[k] as number) / sum) * v;
      });
    });
    return mixed;
  };
  return {
    decide,
    observe(gradient: ArrayLike<number> | Tensor) {
      const g = Float64Array.from(
        isTensor(gradient) ? (gradient.dataSync() as ArrayLike<number>) : gradient,
      );
      points().forEach((x, k) => {
        losses[k] = (losses[k] as number) + dot(g, x);
      });
      for (const learner of learners) learner.observe(g);
      if (seen) variation += g.reduce((sum, v, i) => sum + (v - (hint[i] as number)) ** 2, 0);
      seen = true;
      hint = g;
    },
    toJSON: () => ({
      learners: learners.map((learner) => learner.toJSON()),
      losses: [...losses],
      hint: [...hint],
      variation,
    }),
    restore(state) {
      learners.forEach((learner, k) => {
        learner.restore(state.learners[k] as MirrorDescentState);
      });
      losses = Float64Array.from(state.losses);
      hint = Float64Array.from(state.hint);
      variation = state.variation;
      seen = (state.learners[0] as MirrorDescentState).rule.round > 1;
    },
  };
}

const dot = (x: Float64Array, y: Float64Array): number =>
  x.reduce((sum, v, i) => sum + v * (y[i] as number), 0);
