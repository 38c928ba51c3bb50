import { type Tensor, tensor } from "@x/tensor";
import { eigh } from "@x/tensor/linalg";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import type { Values } from "../values";
import { type Clouds, checkPower, readClouds } from "./clouds";
import { readDirections, SLICE_NAMES, type SliceOptions } from "./options";
import { slices } from "./slices";

/** Options of {@link maxSlicedWasserstein}. */
export interface MaxSlicedOptions extends SliceOptions {
  /** Largest number of steps from each starting point, default 100. */
  readonly maxIterations?: number | undefined;
  /** The search ends when a step raises the value by less than this part of it; default 10⁻⁷. */
  readonly tol?: number | undefined;
}

const NAMES: OptionNames<MaxSlicedOptions> = {
  ...SLICE_NAMES,
  maxIterations: 1,
  tol: 1,
};

/** The largest distance between projections that was found. */
export interface MaxSlicedResult {
  /** W_p along `theta`: a lower bound of W_p between the clouds, and of the maximum over all directions. */
  readonly value: number;
  /** W_p^p along `theta`. */
  readonly valueP: number;
  /** The direction, f64 [d]. */
  readonly theta: Tensor;
  /** Steps from all starting points. */
  readonly iterations: number;
  /** Whether the search from the best starting point ended by itself. */
  readonly converged: boolean;
  /** Why it ended, in words. */
  readonly status: string;
}

interface Point {
  readonly theta: Float64Array;
  readonly value: number;
  readonly slope: Float64Array;
}

function normalized(v: Float64Array): Float64Array | undefined {
  const length = Math.hypot(...v);
  return length > 0 && Number.isFinite(length) ? v.map((x) => x / length) : undefined;
}

/** W_p^p along a direction, and its derivative Σ w p |t|^{p−1} sign t (x − y) along the sphere. */
function evaluate(clouds: Clouds, theta: Float64Array, p: number): Point {
  const { n, m, d, x, y, delta } = clouds;
  const { values, slopesX, slopesY } = slices(clouds, theta, { p, slopesX: true, slopesY: true });
  const slope = new Float64Array(d);
  const add = (points: Float64Array, count: number, rows: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      // Rows are multiples of the unit vector θ.
      let g = 0;
      for (let k = 0; k < d; k++) g += (rows[i * d + k] as number) * (theta[k] as number);
      for (let k = 0; k < d; k++)
        slope[k] = (slope[k] as number) + g * (points[i * d + k] as number);
      sum += g;
    }
    return sum;
  };
  const drift = add(x, n, slopesX);
  add(y, m, slopesY);
  for (let k = 0; k < d; k++) slope[k] = (slope[k] as number) + drift * (delta[k] as number);
  const radial = slope.reduce((s, v, k) => s + v * (theta[k] as number), 0);
  return {
    theta,
    value: values[0] as number,
    slope: slope.map((v, k) => v - radial * (theta[k] as number)),
  };
}

/** Covariance of centred points, [d, d]. */
function covariance(points: Float64Array, d: number, weights: Float64Array | undefined): Tensor {
  const n = points.length / d;
  const x = tensor(points, { shape: [n, d], copy: false });
  const w = tensor(weights ?? new Float64Array(n).fill(1 / n), { shape: [n, 1], copy: false });
  return x.mul(w).T.matmul(x);
}

/** Where the search starts: between the means, and where the spreads differ most, either way. */
function guesses({ d, x, y, a, b, delta }: Clouds): Float64Array[] {
  const { vectors } = eigh(covariance(x, d, a).sub(covariance(y, d, b)));
  const columns = vectors.T.dataSync() as Float64Array;
  const candidates = [delta, columns.slice(0, d), columns.slice((d - 1) * d)];
  return candidates.flatMap((v) => normalized(v) ?? []);
}

interface Climb {
  readonly point: Point;
  readonly steps: number;
  readonly converged: boolean;
}

/** Ascent on the sphere: the step doubles where it helped and is halved where it did not. */
function climb(clouds: Clouds, start: Point, p: number, limit: number, tol: number): Climb {
  let point = start;
  let step = 0.5;
  for (let steps = 0; steps < limit; steps++) {
    const way = normalized(point.slope);
    if (way === undefined || point.value === 0) return { point, steps, converged: true };
    const moved = normalized(point.theta.map((t, k) => t + step * (way[k] as number)));
    const next = moved && evaluate(clouds, moved, p);
    if (next === undefined || next.value <= point.value) {
      if (step < 1e-8) return { point, steps, converged: true };
      step /= 4;
      continue;
    }
    const gained = next.value - point.value;
    point = next;
    step = Math.min(1, 2 * step);
    if (gained <= tol * point.value && step < 1e-2) return { point, steps, converged: true };
  }
  return { point, steps: limit, converged: false };
}

/**
 * Max-sliced Wasserstein distance: the largest W_p between projections on one direction.
 *
 * Gradient ascent on the sphere from the best of L directions, from the difference of the means and from the
 * directions in which the spreads differ most. What it finds is a local maximum, so the result is a lower bound.
 *
 * @param X - points, [n, d]
 * @param Y - points, [m, d]
 * @param options - as of `slicedWasserstein`: weights, p, directions to start from; and when to stop
 * @throws ShapeError and ArgumentError as `slicedWasserstein`
 * @see Deshpande et al. 2019, "Max-sliced Wasserstein distance and its use for GANs"
 * @example
 * maxSlicedWasserstein(X, Y).value
 */
export function maxSlicedWasserstein(
  X: Values,
  Y: Values,
  options: MaxSlicedOptions = {},
): MaxSlicedResult {
  const name = "maxSlicedWasserstein";
  checkOptionNames(name, options, NAMES);
  const { p = 2, maxIterations = 100, tol = 1e-7 } = options;
  checkPower(name, p);
  const clouds = readClouds(name, X, Y, options.a, options.b);
  const { d, unit, mass } = clouds;
  const theta = readDirections(name, options, d);
  const { values } = slices(clouds, theta, { p });
  const best = values.reduce((at, v, l) => (v > (values[at] as number) ? l : at), 0);
  const starts = [theta.slice(best * d, (best + 1) * d), ...guesses(clouds)];
  let found: Climb | undefined;
  let iterations = 0;
  for (const start of starts) {
    const end = climb(clouds, evaluate(clouds, start, p), p, maxIterations, tol);
    iterations += end.steps;
    if (found === undefined || end.point.value > found.point.value) found = end;
  }
  const { point, converged } = found as Climb;
  return {
    value: unit * (mass * point.value) ** (1 / p),
    valueP: mass * unit ** p * point.value,
    theta: tensor(point.theta, { copy: false }),
    iterations,
    converged,
    status: converged ? "no step raises the value" : `stopped after ${maxIterations} steps`,
  };
}
