import { ArgumentError } from "@x/tensor";
import { checkChoice } from "../internal/choice";
import type { Clouds } from "./clouds";
import { along, type Slices } from "./slices";

/**
 * What is averaged over the directions: `plain` the distances themselves; `lcv`, `ucv`, `joint` with control
 * variates; `auto` the one that suits.
 */
export type Estimator = "plain" | "lcv" | "ucv" | "joint" | "auto";

/** How coefficients of control variates are found. */
export type Gamma = "paper" | "regression";

/**
 * Checks what is averaged, and how coefficients are found.
 *
 * @throws ArgumentError on other words
 */
export function checkEstimator(
  operation: string,
  estimator: Estimator | undefined,
  gamma: Gamma | undefined,
  choices: readonly Estimator[] = ["plain", "lcv", "ucv", "joint", "auto"],
): void {
  checkChoice(operation, "estimator", estimator, choices);
  checkChoice(operation, "gamma", gamma, ["paper", "regression"]);
}

/** Control variates as they were used. */
export interface ControlReport {
  /** Coefficients: one, or two for `joint`. */
  readonly gamma: readonly number[];
  /** Means of the controls over the directions. */
  readonly mean: readonly number[];
  /** Their exact means over the sphere. */
  readonly exact: readonly number[];
}

/** An average over directions. */
export interface Estimate {
  readonly valueP: number;
  /** Standard error for independent directions; null if there are too few. */
  readonly stderr: number | null;
  readonly estimator: Exclude<Estimator, "auto">;
  readonly status: "ok" | "cv-degenerate" | "cv-negative";
  readonly control?: ControlReport;
  /** Residual by total variance of the directions. */
  readonly varianceReduction?: number;
  /** Coefficients of (θ·Δ)² and of σ₁² + σ₂². */
  readonly coefficients: readonly [number, number];
}

const mean = (values: Float64Array): number => values.reduce((s, v) => s + v, 0) / values.length;

/** Exact means over the sphere of (θ·Δ)² and σ₁² + σ₂². */
function exactMeans({ n, m, d, x, y, a, b, delta }: Clouds): [number, number] {
  const spread = (points: Float64Array, count: number, weights: Float64Array | undefined) => {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      let square = 0;
      for (let k = 0; k < d; k++) square += (points[i * d + k] as number) ** 2;
      sum += (weights === undefined ? 1 / count : (weights[i] as number)) * square;
    }
    return sum;
  };
  const shift = delta.reduce((s, v) => s + v * v, 0);
  return [shift / d, (spread(x, n, a) + spread(y, m, b)) / d];
}

/** The mean and, of L values with `used` fitted numbers, its standard error. */
function plainly(values: Float64Array, used: number): { average: number; error: number | null } {
  const average = mean(values);
  const rest = values.length - used;
  if (rest < 1) return { average, error: null };
  const squares = values.reduce((s, v) => s + (v - average) ** 2, 0);
  return { average, error: Math.sqrt(squares / rest / values.length) };
}

/** Σ (u − ū)(v − v̄). */
function cross(u: Float64Array, v: Float64Array): number {
  const [mu, mv] = [mean(u), mean(v)];
  return u.reduce((s, x, l) => s + (x - mu) * ((v[l] as number) - mv), 0);
}

const isFlat = (c: Float64Array, exact: number): boolean =>
  cross(c, c) <= 1e-20 * (mean(c) ** 2 + exact * exact);

/** The published coefficient, with deviations from the exact mean of the control. */
function paperGamma(w: Float64Array, c: Float64Array, exact: number): number {
  const average = mean(w);
  let top = 0;
  let bottom = 0;
  for (let l = 0; l < w.length; l++) {
    const t = (c[l] as number) - exact;
    top += ((w[l] as number) - average) * t;
    bottom += t * t;
  }
  return top / w.length / (bottom / w.length + 1e-24);
}

/** Least squares on two standardised controls, with a ridge of 10⁻⁹; a control that is constant takes no part. */
function jointGamma(
  w: Float64Array,
  c1: Float64Array,
  c2: Float64Array,
  exact: readonly [number, number],
): [number, number] {
  const flat = [isFlat(c1, exact[0]), isFlat(c2, exact[1])];
  const s1 = flat[0] ? 1 : Math.sqrt(cross(c1, c1));
  const s2 = flat[1] ? 1 : Math.sqrt(cross(c2, c2));
  const b1 = flat[0] ? 0 : cross(c1, w) / s1;
  const b2 = flat[1] ? 0 : cross(c2, w) / s2;
  const r = flat[0] || flat[1] ? 0 : cross(c1, c2) / (s1 * s2);
  const one = 1 + 1e-9;
  const determinant = one * one - r * r;
  return [(one * b1 - r * b2) / determinant / s1, (one * b2 - r * b1) / determinant / s2];
}

function chosen(
  estimator: Estimator,
  L: number,
  [shift, spread]: readonly [number, number],
): Exclude<Estimator, "auto"> {
  if (estimator === "auto") {
    if (L < 3) return "plain";
    return L >= 16 ? "joint" : shift > (shift + spread) / 4 ? "lcv" : "ucv";
  }
  return estimator === "joint" && L < 8 ? "ucv" : estimator;
}

/**
 * The mean over all directions from those that were compared.
 *
 * Projections are nearly Gaussian, and W₂² of Gaussians lies between C = (θ·Δ)² and C + σ₁² + σ₂², whose means over
 * the sphere are known: Z = w̄ − γ (c̄ − E c).
 *
 * @throws ArgumentError for control variates with fewer than 3 directions, or an unknown estimator or coefficient
 */
export function estimate(
  operation: string,
  clouds: Clouds,
  theta: Float64Array,
  { values, moments }: Pick<Slices, "values" | "moments">,
  estimator: Estimator,
  gamma: Gamma,
): Estimate {
  const L = values.length;
  const plain = (status: Estimate["status"]): Estimate => {
    const { average, error } = plainly(values, 1);
    return { valueP: average, stderr: error, estimator: "plain", status, coefficients: [0, 0] };
  };
  if (estimator === "plain") return plain("ok");
  const exact = exactMeans(clouds);
  const kind = chosen(estimator, L, exact);
  if (kind === "plain") return plain("ok");
  if (L < 3) {
    throw new ArgumentError(
      `${operation}: expected at least 3 directions for control variates; got ${L}; use more, or estimator "plain"`,
      { L },
    );
  }
  const c1 = along(theta, clouds.delta).map((t) => t * t);
  const c2 = c1.map((_, l) => (moments[l] as number) + (moments[L + l] as number));
  const whole = kind === "ucv" ? c1.map((v, l) => v + (c2[l] as number)) : c1;
  const wholeExact = kind === "ucv" ? exact[0] + exact[1] : exact[0];
  let coefficients: [number, number];
  if (kind === "joint") coefficients = jointGamma(values, c1, c2, exact);
  else if (isFlat(whole, wholeExact)) coefficients = [0, 0];
  else {
    const one =
      gamma === "paper"
        ? paperGamma(values, whole, wholeExact)
        : cross(values, whole) / cross(whole, whole);
    coefficients = kind === "ucv" ? [one, one] : [one, 0];
  }
  const [g1, g2] = coefficients;
  const adjusted = values.map(
    (w, l) => w - g1 * ((c1[l] as number) - exact[0]) - g2 * ((c2[l] as number) - exact[1]),
  );
  const { average, error } = plainly(adjusted, kind === "joint" ? 3 : 2);
  const spread = cross(values, values);
  const reduction = {
    control:
      kind === "joint"
        ? { gamma: [g1, g2], mean: [mean(c1), mean(c2)], exact: [...exact] }
        : { gamma: [g1], mean: [mean(whole)], exact: [wholeExact] },
    varianceReduction: spread > 0 ? Math.min(1, cross(adjusted, adjusted) / spread) : 1,
  };
  if (average <= 0 && mean(values) > 0) return { ...plain("cv-negative"), ...reduction };
  const status = g1 === 0 && g2 === 0 ? "cv-degenerate" : "ok";
  return {
    valueP: Math.max(0, average),
    stderr: error,
    estimator: kind,
    status,
    coefficients,
    ...reduction,
  };
}
