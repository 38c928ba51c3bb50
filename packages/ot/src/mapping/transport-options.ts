import type { Cost } from "../costs/cost";
import { refuseChoice } from "../internal/choice";
import { checkOptionNames, type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import { checkOptionsGiven } from "../internal/options";
import type { SolverOptions } from "../result";
import type { Values } from "../values";
import type { Labels } from "./class-plan";

interface CostOption {
  /** Default `sqeuclidean`, for which means of targets are the right images. */
  readonly cost?: Cost | undefined;
}

/** Exact plan; a new point moves like the nearest fitted one. */
export interface EmdTransportOptions extends CostOption {
  readonly method: "emd";
}

/** Entropic plan. */
export interface SinkhornTransportOptions extends CostOption, SolverOptions {
  readonly method: "sinkhorn";
  /** ε > 0 in units of the cost; default 0.05 times the standard deviation of the costs between points with weight. */
  readonly eps?: number | undefined;
  /**
   * Where new points go: `entropic` (default) to the softmax-weighted mean of the targets, which is smooth; `nearest` like
   * the nearest fitted point.
   */
  readonly outOfSample?: "entropic" | "nearest" | undefined;
  /**
   * Whether to take away what the same map of X to itself does, x ↦ T_XY(x) + x − T_XX(x), so that entropy does not draw
   * points together; for `entropic` and `sqeuclidean`. Default false.
   */
  readonly debiased?: boolean | undefined;
}

/** Entropic plan in which a target point prefers mass of one class; takes labels, moves new points like the nearest. */
export interface ClassTransportOptions extends CostOption, SolverOptions {
  readonly method: "classes";
  /** ε > 0 in units of the cost; default 0.05 times the standard deviation of the costs between points with weight. */
  readonly eps?: number | undefined;
  /** Weight η ≥ 0 of the classes, in units of the cost; default 0.1. */
  readonly eta?: number | undefined;
  /** Rounds of majorisation; default 10. */
  readonly rounds?: number | undefined;
}

/** The affine map between Gaussians with the clouds' moments. */
export interface GaussianTransportOptions {
  readonly method: "gaussian";
  /** What both covariances get on their diagonals, ≥ 0; default 10⁻⁶. */
  readonly reg?: number | undefined;
}

/** How a {@link Transport} maps. */
export type TransportOptions =
  | EmdTransportOptions
  | SinkhornTransportOptions
  | ClassTransportOptions
  | GaussianTransportOptions;

/** The names of the options of each method. */
const TRANSPORT_NAMES: {
  readonly [Method in TransportOptions["method"]]: OptionNames<
    Extract<TransportOptions, { readonly method: Method }>
  >;
} = {
  emd: { method: 1, cost: 1 },
  sinkhorn: { method: 1, eps: 1, cost: 1, outOfSample: 1, debiased: 1, ...SOLVER_NAMES },
  classes: { method: 1, eps: 1, cost: 1, eta: 1, rounds: 1, ...SOLVER_NAMES },
  gaussian: { method: 1, reg: 1 },
};

/**
 * Checks the options of a {@link Transport}.
 *
 * @throws ArgumentError on no options, an unknown method, and options that it does not have
 */
export function checkTransportOptions(options: TransportOptions): void {
  checkOptionsGiven("Transport", options, "{ method }");
  const methods = Object.keys(TRANSPORT_NAMES);
  if (!methods.includes(options.method))
    refuseChoice("Transport", "method", options.method, methods);
  checkOptionNames("Transport", options, TRANSPORT_NAMES[options.method]);
}

/** Two clouds to fit a map to. */
export interface TransportData {
  /** Points of the source, shape [n, d]. */
  readonly X: Values;
  /** Points of the target, shape [m, d]. */
  readonly Y: Values;
  /** Weights of X, shape [n]; default 1/n each. */
  readonly a?: Values | null | undefined;
  /** Weights of Y, shape [m], with the same sum; default uniform. */
  readonly b?: Values | null | undefined;
  /** Classes of X, for method `classes`; null for a point of no known class. */
  readonly labels?: Labels | undefined;
}

/** The names of {@link TransportData}. */
export const DATA_NAMES: OptionNames<TransportData> = { X: 1, Y: 1, a: 1, b: 1, labels: 1 };
