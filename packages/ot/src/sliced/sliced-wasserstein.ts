import { type Tensor, tensor } from "@x/tensor";
import { checkChoice } from "../internal/choice";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { isSingle } from "../internal/read";
import type { Values } from "../values";
import { type Clouds, checkPower, readClouds } from "./clouds";
import {
  type ControlReport,
  checkEstimator,
  type Estimate,
  type Estimator,
  estimate,
  type Gamma,
} from "./control";
import { gradientsOf, type SlicedGradients, type Wanted } from "./gradients";
import { readDirections, SLICE_NAMES, type SliceOptions } from "./options";
import { slices } from "./slices";

/** Options of {@link slicedWasserstein}. */
export interface SlicedOptions extends SliceOptions {
  /** What is averaged over the directions; default `plain`. `auto` chooses among the control variates. */
  readonly estimator?: Estimator | undefined;
  /** Coefficient of a single control variate: centred least squares (`regression`, default) or as published (`paper`). */
  readonly gamma?: Gamma | undefined;
  /** Gradients to compute of `valueP`; default none. */
  readonly gradients?: readonly Wanted[] | undefined;
  /** Precision of the projections; default `f32` if both clouds are f32, otherwise `f64`. Sums are always f64. */
  readonly precision?: "f32" | "f64" | undefined;
}

const NAMES: OptionNames<SlicedOptions> = {
  ...SLICE_NAMES,
  estimator: 1,
  gamma: 1,
  gradients: 1,
  precision: 1,
};

/** A sliced distance. */
export interface SlicedResult {
  /** valueP^{1/p}. */
  readonly value: number;
  /** Mean of W_p^p over the directions, or its estimate with control variates. */
  readonly valueP: number;
  /** W_p^p of each direction, f64 [L]. */
  readonly perDirection: Tensor;
  /** The directions, f64 [L, d]. */
  readonly theta: Tensor;
  /** Standard error of `valueP` if the directions were independent; null if there are too few to tell. */
  readonly stderr: number | null;
  /** What was averaged: `auto` and `joint` with few directions say here what they became. */
  readonly estimator: Exclude<Estimator, "auto">;
  /**
   * `ok`; `cv-degenerate`: the controls are constant and change nothing; `cv-negative`: the estimate with control
   * variates was not positive, so that the plain mean is returned.
   */
  readonly status: Estimate["status"];
  /** The control variates, if they were used. */
  readonly control?: ControlReport;
  /** Residual by total variance over the directions, if control variates were used. */
  readonly varianceReduction?: number;
  /** Gradients of `valueP` that were asked for. */
  readonly gradients: SlicedGradients;
  /** Derivative of `value` by `valueP`, (1/p) valueP^{1/p − 1}; 0 at valueP = 0. Times `gradients` it gives those of `value`. */
  readonly rootSlope: number;
}

const matrix = (data: Float64Array, d: number): Tensor =>
  tensor(data, { shape: [data.length / d, d], copy: false });

/** The report of an estimate, back in the units of the points and weights. */
function control(report: ControlReport, { unit }: Clouds, p: number, mass: number): ControlReport {
  const square = unit * unit;
  return {
    gamma: report.gamma.map((g) => (g * mass * unit ** p) / square),
    mean: report.mean.map((v) => v * square),
    exact: report.exact.map((v) => v * square),
  };
}

/**
 * Sliced Wasserstein distance between two weighted clouds: the mean of W_p^p over projections on directions.
 *
 * SW_p^p = E_θ W_p^p(θ·X, θ·Y), exact along each direction by sorting, for clouds of any sizes; O(L (n log n + n d)).
 * With weights of sum M it is M times that of the normalised weights.
 *
 * Control variates ask for the same mean with far fewer directions: along each direction the projections are compared
 * with Gaussians, of whose distances the mean over all directions is known. `lcv` helps where means differ and does
 * nothing (or slight harm) where they agree, `ucv` helps there, and `joint` combines both from 8 directions on.
 *
 * @param X - points, [n, d]
 * @param Y - points, [m, d]
 * @param options.p - default 2
 * @param options.projections - number of directions, default 50
 * @param options.sampler - `mc` (default), `orthogonal`, `qmc`; see `directions`
 * @param options.theta - directions of your own, [L, d], of unit length (or with `normalize`)
 * @param options.seed - default 0; or a `key`
 * @throws ShapeError and ArgumentError for shapes, weights, p < 1 or directions that do not fit, NaN or infinity, and
 *   control variates with fewer than 3 directions
 * @see Bonneel, Rabin, Peyré & Pfister 2015; Nguyen & Ho 2024, "Sliced Wasserstein estimation with control variates"
 * @example
 * slicedWasserstein(X, Y, { projections: 100, estimator: "joint" }).value
 */
export function slicedWasserstein(X: Values, Y: Values, options: SlicedOptions = {}): SlicedResult {
  const name = "slicedWasserstein";
  checkOptionNames(name, options, NAMES);
  const { p = 2, estimator = "plain", gamma = "regression", gradients = [] } = options;
  checkPower(name, p);
  checkEstimator(name, estimator, gamma);
  for (const wanted of gradients)
    checkChoice(name, "gradients among", wanted, ["X", "Y", "a", "b"]);
  checkChoice(name, "precision", options.precision, ["f32", "f64"]);
  const clouds = readClouds(name, X, Y, options.a, options.b);
  const { d, unit, mass } = clouds;
  const theta = readDirections(name, options, d);
  const single = (options.precision ?? (isSingle(X) && isSingle(Y) ? "f32" : "f64")) === "f32";
  const parts = slices(clouds, theta, {
    p,
    single,
    moments: estimator !== "plain",
    slopesX: gradients.includes("X"),
    slopesY: gradients.includes("Y"),
    potentials: gradients.includes("a") || gradients.includes("b"),
  });
  const result = estimate(name, clouds, theta, parts, estimator, gamma);
  const { coefficients, valueP: inUnit, ...report } = result;
  const scale = mass * unit ** p;
  const valueP = scale * inUnit;
  return {
    ...report,
    ...(report.control && { control: control(report.control, clouds, p, mass) }),
    stderr: report.stderr === null ? null : scale * report.stderr,
    value: unit * (mass * inUnit) ** (1 / p),
    valueP,
    perDirection: tensor(
      parts.values.map((v) => scale * v),
      { copy: false },
    ),
    theta: matrix(theta, d),
    gradients: gradientsOf(clouds, theta, parts, coefficients, p, gradients),
    rootSlope: valueP > 0 ? valueP ** (1 / p - 1) / p : 0,
  };
}
