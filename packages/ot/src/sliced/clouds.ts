import { ArgumentError, ShapeError } from "@x/tensor";
import { readMasses, readMatrix, total } from "../internal/read";
import type { Values } from "../values";

/** Two weighted clouds as the slicing functions use them: each centred at its own mean, in a unit near their size. */
export interface Clouds {
  readonly n: number;
  readonly m: number;
  readonly d: number;
  /** (X − mean)/unit, shape [n, d]. */
  readonly x: Float64Array;
  /** (Y − mean)/unit, shape [m, d]. */
  readonly y: Float64Array;
  /** Weights of sum 1; undefined if all weights of both clouds are equal. */
  readonly a: Float64Array | undefined;
  readonly b: Float64Array | undefined;
  /** (mean of X − mean of Y)/unit, length d. */
  readonly delta: Float64Array;
  /** A power of two: 1 unless powers of coordinates would leave the range of doubles. */
  readonly unit: number;
  /** Sum of the weights as they came. */
  readonly mass: number;
}

const isUniform = (weights: Float64Array): boolean => {
  const first = weights[0] as number;
  return weights.every((w) => Math.abs(w - first) <= 1e-15 * first);
};

/** Centres points in place at their weighted mean, which it returns; twice, as the first mean is rounded. */
function center(
  points: Float64Array,
  n: number,
  d: number,
  weights: Float64Array | undefined,
): Float64Array {
  const mean = new Float64Array(d);
  for (let round = 0; round < 2; round++) {
    const part = new Float64Array(d);
    for (let i = 0; i < n; i++) {
      const w = weights === undefined ? 1 / n : (weights[i] as number);
      for (let k = 0; k < d; k++) part[k] = (part[k] as number) + w * (points[i * d + k] as number);
    }
    for (let i = 0; i < points.length; i++)
      points[i] = (points[i] as number) - (part[i % d] as number);
    for (let k = 0; k < d; k++) mean[k] = (mean[k] as number) + (part[k] as number);
  }
  return mean;
}

/** A power of two near the largest coordinate if its powers may overflow or vanish, otherwise 1. */
function unitOf(x: Float64Array, y: Float64Array): number {
  let largest = 0;
  for (const part of [x, y]) for (const v of part) largest = Math.max(largest, Math.abs(v));
  const safe = largest === 0 || (largest > 1e-40 && largest < 1e40);
  return safe ? 1 : 2 ** Math.min(1000, Math.max(-1000, Math.round(Math.log2(largest))));
}

/**
 * Reads and checks two clouds.
 *
 * @throws ShapeError unless X is [n, d] and Y [m, d]; ArgumentError for weights that do not fit, NaN or infinity
 */
export function readClouds(
  operation: string,
  X: Values,
  Y: Values,
  weightsA?: Values | null,
  weightsB?: Values | null,
): Clouds {
  const [from, to] = [readMatrix(operation, "X", X), readMatrix(operation, "Y", Y)];
  if (from.columns !== to.columns) {
    throw new ShapeError(
      `${operation}: expected X and Y with points of the same dimension; got shapes [${from.rows}, ${from.columns}] and [${to.rows}, ${to.columns}]`,
      { X: [from.rows, from.columns], Y: [to.rows, to.columns] },
    );
  }
  const [n, m, d] = [from.rows, to.rows, from.columns];
  const masses = readMasses(operation, weightsA, weightsB, n, m);
  const mass = total(masses.a);
  const uniform = isUniform(masses.a) && isUniform(masses.b);
  const a = uniform ? undefined : masses.a.map((w) => w / mass);
  const b = uniform ? undefined : masses.b.map((w) => w / mass);
  const unit = unitOf(from.data, to.data);
  const x = from.data.map((v) => v / unit);
  const y = to.data.map((v) => v / unit);
  const [meanX, meanY] = [center(x, n, d, a), center(y, m, d, b)];
  const delta = meanX.map((v, k) => v - (meanY[k] as number));
  return { n, m, d, x, y, a, b, delta, unit, mass };
}

/** @throws ArgumentError unless p ≥ 1 is finite */
export function checkPower(operation: string, p: number): void {
  if (p >= 1 && p < Infinity) return;
  throw new ArgumentError(`${operation}: expected a finite p ≥ 1; got ${p}`, { p });
}
