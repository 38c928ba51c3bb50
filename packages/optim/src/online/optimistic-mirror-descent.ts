import { ArgumentError, isTensor, type Tensor } from "@x/tensor";
import { checkCount, checkNonNegative, checkPositive } from "../core/check";
import type { Domain } from "./domains";
import {
  convexSize,
  entropyStep,
  euclideanStep,
  expConcaveRule,
  type RuleState,
  type StepRule,
  scalarRule,
} from "./step-rules";

/**
 * What is known of the losses.
 *
 * - `convex`: η_t = D/√(10D²L² + 4G² + V), V the variation of gradients so far
 * - `stronglyConvex`: η_t = 2/(λt)
 * - `expConcave`: steps in the norm of the gradients so far, O(d²)
 * - `fixed`: a step size of yours
 */
export type OnlineMode =
  | { readonly kind: "convex" }
  | { readonly kind: "stronglyConvex"; readonly lambda: number }
  | { readonly kind: "expConcave"; readonly alpha: number }
  | { readonly kind: "fixed"; readonly eta: number };

/** Options of {@link optimisticMirrorDescent}. */
export interface MirrorDescentOptions {
  /** Number of coordinates. */
  readonly dimension: number;
  /** Decisions; `ballDomain`, `boxDomain`, `simplexDomain` or your own. */
  readonly domain: Domain;
  /** Default convex. */
  readonly mode?: OnlineMode;
  /** Distance that steps are regular in; default `"euclidean"`. `"entropy"` multiplies weights on the simplex. */
  readonly geometry?: "euclidean" | "entropy";
  /** Bound on the norms of gradients, > 0. */
  readonly G: number;
  /** Smoothness of the losses, ≥ 0; default 0. */
  readonly L?: number;
  /** Raise G when a gradient is longer, instead of refusing it; default false. */
  readonly adaptG?: boolean;
  /** Expect the last gradient again; default true. False is plain mirror descent. */
  readonly optimistic?: boolean;
}

/** State of a learner as plain JSON. */
export interface MirrorDescentState {
  /** x̂ */
  readonly x: readonly number[];
  /** The gradient that is expected again. */
  readonly hint: readonly number[];
  /** Bound on gradients, as raised so far. */
  readonly G: number;
  /** What step sizes depend on. */
  readonly rule: RuleState;
}

/** Decides round by round; see {@link optimisticMirrorDescent}. */
export interface OnlineLearner<S> {
  /** The decision of this round; the same until `observe`. */
  decide(): Float64Array;
  /** Takes in the gradient of this round's loss at the decision. */
  observe(gradient: ArrayLike<number> | Tensor): void;
  /** What `restore` takes. */
  toJSON(): S;
  /** Goes on from a stored state. */
  restore(state: S): void;
}

/**
 * Online decisions whose regret depends on how much the losses really vary, be it by chance or by an adversary.
 *
 * Play x_t = Π(x̂_t − η_t M_t) with the last gradient as hint M_t; observe g_t; x̂_{t+1} = Π(x̂_t − η_t g_t).
 *
 * @throws ArgumentError for options out of range; in `observe` for gradients of another length, or longer than G by
 *   more than 1 %
 * @example
 * const learner = optimisticMirrorDescent({ dimension: 2, domain: ballDomain(1), G: 3, L: 1 });
 * const x = learner.decide();
 * learner.observe([x[0]! - 0.5, x[1]!]);
 * @see Chen et al. 2023, "Optimistic Online Mirror Descent for Bridging Stochastic and Adversarial Online Convex Optimization"
 */
export function optimisticMirrorDescent(
  options: MirrorDescentOptions,
): OnlineLearner<MirrorDescentState> {
  const { dimension, domain, G, optimistic = true, adaptG = false } = options;
  checkOptions(options);
  let bound = G;
  const rule = ruleOf(options, () => bound);
  let x = domain.start(dimension);
  let hint: Float64Array = new Float64Array(dimension);
  let decision: Float64Array | undefined;
  const decide = (): Float64Array => {
    decision ??= optimistic ? rule.move(x, hint) : x;
    return decision.slice();
  };
  return {
    decide,
    observe(gradient) {
      const g = vectorOf(gradient, dimension);
      const size = Math.hypot(...g);
      if (!(size <= 1.01 * bound)) {
        if (!adaptG || !Number.isFinite(size)) throw tooLong(size, bound);
        bound = size;
      }
      x = rule.move(x, g);
      rule.learn(g, hint);
      hint = g;
      decision = undefined;
    },
    toJSON: () => ({ x: [...x], hint: [...hint], G: bound, rule: rule.toJSON() }),
    restore(state) {
      x = vectorOf(state.x, dimension);
      hint = vectorOf(state.hint, dimension);
      bound = state.G;
      rule.restore(state.rule);
      decision = undefined;
    },
  };
}

function ruleOf(options: MirrorDescentOptions, G: () => number): StepRule {
  const { dimension, domain, mode = { kind: "convex" }, geometry = "euclidean", L = 0 } = options;
  const bounds = { G, L, D: domain.diameter };
  if (mode.kind === "expConcave") return expConcaveRule(domain, dimension, mode.alpha, bounds);
  const step = geometry === "entropy" ? entropyStep : euclideanStep(domain);
  if (mode.kind === "convex") return scalarRule(convexSize(bounds), step);
  if (mode.kind === "fixed") return scalarRule(() => mode.eta, step);
  return scalarRule((round) => 2 / (mode.lambda * round), step);
}

const tooLong = (size: number, G: number): ArgumentError =>
  new ArgumentError(
    `optimisticMirrorDescent: expected gradients no longer than G = ${G}; got one of norm ${size}; raise G, or set adaptG`,
    { size, G },
  );

function vectorOf(x: ArrayLike<number> | Tensor, dimension: number): Float64Array {
  const list = Float64Array.from(isTensor(x) ? (x.dataSync() as ArrayLike<number>) : x);
  if (list.length === dimension) return list;
  throw new ArgumentError(
    `optimisticMirrorDescent: expected ${dimension} numbers; got ${list.length}`,
    { dimension, length: list.length },
  );
}

function checkOptions(options: MirrorDescentOptions): void {
  const caller = "optimisticMirrorDescent";
  const { dimension, domain, mode, geometry = "euclidean", G, L = 0 } = options;
  checkCount(caller, "dimension", dimension);
  checkPositive(caller, "G", G);
  checkPositive(caller, "the domain's diameter", domain.diameter);
  checkNonNegative(caller, "L", L);
  if (mode?.kind === "stronglyConvex") checkPositive(caller, "lambda", mode.lambda);
  if (mode?.kind === "expConcave") checkPositive(caller, "alpha", mode.alpha);
  if (mode?.kind === "fixed") checkPositive(caller, "eta", mode.eta);
  if (geometry === "entropy" && mode?.kind === "expConcave") {
    throw new ArgumentError(
      `${caller}: expected the Euclidean geometry for exp-concave losses; got entropy; choose one of them`,
    );
  }
  const start = domain.start(dimension);
  if (start.length !== dimension) {
    throw new ArgumentError(
      `${caller}: expected a domain of ${dimension} coordinates; it has ${start.length}`,
      { dimension },
    );
  }
}
