import type { Domain } from "./domains";
import { MatrixNorm } from "./matrix-norm";

/** What a rule keeps between rounds, as plain JSON. */
export interface RuleState {
  /** Of the next decision, from 1. */
  readonly round: number;
  /** Σ‖g_t − g_{t−1}‖² */
  readonly variation: number;
  /** Rows of H, for exp-concave losses. */
  readonly metric?: readonly (readonly number[])[];
}

/** From a point, against a gradient, to a point of the domain. */
export interface StepRule {
  move(from: Float64Array, gradient: Float64Array): Float64Array;
  /** After a gradient g came where `hint` had been expected. */
  learn(gradient: Float64Array, hint: Float64Array): void;
  toJSON(): RuleState;
  restore(state: RuleState): void;
}

/** Bounds that step sizes rest on. */
export interface Bounds {
  /** Of gradients. */
  readonly G: () => number;
  /** Smoothness of the losses. */
  readonly L: number;
  /** Diameter of the domain. */
  readonly D: number;
}

const squaredDistance = (x: Float64Array, y: Float64Array): number =>
  x.reduce((sum, v, i) => sum + (v - (y[i] as number)) ** 2, 0);

/** Steps of one size for all coordinates; `size` gets the round from 1 and the variation V. */
export function scalarRule(
  size: (round: number, variation: number) => number,
  step: (from: Float64Array, gradient: Float64Array, eta: number) => Float64Array,
): StepRule {
  let [round, variation] = [1, 0];
  return {
    move: (from, gradient) => step(from, gradient, size(round, variation)),
    learn(gradient, hint) {
      // The first gradient has no predecessor to differ from.
      if (round > 1) variation += squaredDistance(gradient, hint);
      round++;
    },
    toJSON: () => ({ round, variation }),
    restore: (state) => {
      ({ round, variation } = state);
    },
  };
}

/** η_t = D/√(δ + 4G² + V_{t−1}), δ = 10D²L². */
export const convexSize =
  ({ D, G, L }: Bounds) =>
  (_round: number, variation: number): number =>
    D / Math.sqrt(10 * D * D * L * L + 4 * G() ** 2 + variation);

/** x ← Π(x − ηg). */
export const euclideanStep =
  (domain: Domain) =>
  (from: Float64Array, gradient: Float64Array, eta: number): Float64Array =>
    domain.project(from.map((v, i) => v - eta * (gradient[i] as number)));

/** x ∝ x · exp(−ηg), in logarithms. */
export const entropyStep = (
  from: Float64Array,
  gradient: Float64Array,
  eta: number,
): Float64Array => {
  const logs = from.map((v, i) => Math.log(v) - eta * (gradient[i] as number));
  const top = logs.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = logs.map((v) => Math.exp(v - top));
  const sum = weights.reduce((a, b) => a + b, 0);
  // A weight that has reached 0 could never come back.
  return weights.map((w) => Math.max(w / sum, Number.MIN_VALUE));
};

/** Steps in the norm of H_t = (1 + ½βG²)I + ½β Σ_{s<t} g_s g_sᵀ, for exp-concave losses. */
export function expConcaveRule(
  domain: Domain,
  dimension: number,
  alpha: number,
  bounds: Bounds,
): StepRule {
  const { D, G } = bounds;
  const beta = 0.5 * Math.min(1 / (4 * G() * D), alpha);
  let round = 1;
  let norm = MatrixNorm.scaledIdentity(dimension, 1 + 0.5 * beta * G() ** 2);
  return {
    move: (from, gradient) => {
      const step = norm.solve(gradient);
      return norm.project(
        from.map((v, i) => v - (step[i] as number)),
        domain,
      );
    },
    learn(gradient) {
      norm.addOuter(gradient, 0.5 * beta);
      round++;
    },
    toJSON: () => ({ round, variation: 0, metric: norm.rows() }),
    restore(state) {
      round = state.round;
      norm = MatrixNorm.fromRows(state.metric ?? []);
    },
  };
}
