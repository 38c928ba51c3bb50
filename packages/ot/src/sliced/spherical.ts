import { ArgumentError, random, ShapeError, type Tensor, tensor } from "@x/tensor";
import { wassersteinCircle } from "../exact/wasserstein-circle";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { readMasses, readMatrix } from "../internal/read";
import type { Values } from "../values";
import { checkPower } from "./clouds";

/** Options of {@link sphericalSlicedWasserstein}. */
export interface SphericalOptions {
  /** Weights of the points of X, default 1/n. */
  readonly a?: Values | null | undefined;
  /** Weights of the points of Y, default 1/m; of the same sum as `a`. */
  readonly b?: Values | null | undefined;
  /** Exponent ≥ 1, default 2. */
  readonly p?: number | undefined;
  /** Number of great circles, default 50. */
  readonly projections?: number | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
  /** A key of `@x/tensor/random` in place of the seed. */
  readonly key?: Tensor | undefined;
}

const NAMES: OptionNames<SphericalOptions> = {
  a: 1,
  b: 1,
  p: 1,
  projections: 1,
  seed: 1,
  key: 1,
};

/** A distance over great circles; lengths are in whole turns. */
export interface SphericalResult {
  /** valueP^{1/p}, in turns. */
  readonly value: number;
  /** Mean of W_p^p over the circles. */
  readonly valueP: number;
  /** f64 [L]. */
  readonly perDirection: Tensor;
  /** Orthonormal frames of the circles' planes, f64 [L, d, 2]. */
  readonly frames: Tensor;
  /** Standard error of `valueP`; null for a single circle. */
  readonly stderr: number | null;
}

const name = "sphericalSlicedWasserstein";

/** Angles of points in a plane, in turns. */
function angles(points: Float64Array, d: number, frame: Float64Array): Float64Array {
  const out = new Float64Array(points.length / d);
  for (let i = 0; i < out.length; i++) {
    let u = 0;
    let v = 0;
    for (let k = 0; k < d; k++) {
      const x = points[i * d + k] as number;
      u += x * (frame[2 * k] as number);
      v += x * (frame[2 * k + 1] as number);
    }
    out[i] = Math.atan2(v, u) / (2 * Math.PI);
  }
  return out;
}

function checkUnit(side: string, points: Float64Array, d: number): void {
  for (let at = 0; at < points.length; at += d) {
    const length = Math.hypot(...points.subarray(at, at + d));
    if (Math.abs(length - 1) <= 1e-6) continue;
    throw new ArgumentError(
      `${name}: expected points of length 1; ${side}[${at / d}] has length ${length}; divide by it`,
      { argument: side, index: at / d, length },
    );
  }
}

/**
 * Sliced Wasserstein distance on the sphere: the mean of W_p^p between projections on random great circles.
 *
 * A circle is the unit circle of the plane of an orthonormal frame U, and x goes to the direction of Uᵀx in it.
 *
 * @param X - unit vectors, [n, d], d ≥ 2
 * @param Y - unit vectors, [m, d]
 * @returns distances in turns, the unit in which the whole circle has length 1
 * @throws ShapeError for shapes that do not fit; ArgumentError for points off the sphere by more than 10⁻⁶
 * @see Bonet, Berg, Courty, Septier, Drumetz & Pham 2023, "Spherical sliced-Wasserstein"
 * @example
 * sphericalSlicedWasserstein([[1, 0, 0]], [[0, 1, 0]], { p: 1 }).value
 */
export function sphericalSlicedWasserstein(
  X: Values,
  Y: Values,
  options: SphericalOptions = {},
): SphericalResult {
  checkOptionNames(name, options, NAMES);
  const { p = 2, projections: L = 50, key = random.key(options.seed ?? 0) } = options;
  checkPower(name, p);
  if (!Number.isInteger(L) || L < 1)
    throw new ArgumentError(`${name}: expected a positive integer of projections; got ${L}`, { L });
  const [x, y] = [readMatrix(name, "X", X), readMatrix(name, "Y", Y)];
  const d = x.columns;
  if (d !== y.columns || d < 2) {
    throw new ShapeError(
      `${name}: expected X and Y with points of the same dimension ≥ 2; got ${d} and ${y.columns}`,
      { X: [x.rows, d], Y: [y.rows, y.columns] },
    );
  }
  checkUnit("X", x.data, d);
  checkUnit("Y", y.data, d);
  const { a, b } = readMasses(name, options.a, options.b, x.rows, y.rows);
  const frames = new Float64Array(L * d * 2);
  const values = new Float64Array(L);
  for (let l = 0; l < L; l++) {
    const frame = random.orthogonal(random.foldIn(key, l), d, 2, { dtype: "f64" });
    const data = frame.dataSync() as Float64Array;
    frames.set(data, l * d * 2);
    values[l] = wassersteinCircle(angles(x.data, d, data), angles(y.data, d, data), {
      p,
      uWeights: a,
      vWeights: b,
    }).costP;
  }
  const mean = values.reduce((s, v) => s + v, 0) / L;
  const squares = values.reduce((s, v) => s + (v - mean) ** 2, 0);
  return {
    value: mean ** (1 / p),
    valueP: mean,
    perDirection: tensor(values, { copy: false }),
    frames: tensor(frames, { shape: [L, d, 2], copy: false }),
    stderr: L < 2 ? null : Math.sqrt(squares / (L - 1) / L),
  };
}
