import type { Kit, SharedArray } from "../../../tooling/bench/src/kit-types";

/** Doubles, uniform on [0, 1). */
export const uniform01 = (kit: Kit, length: number, seed: number): Float64Array<ArrayBuffer> =>
  Float64Array.from(kit.uniform(length, seed), (x) => (x + 1) / 2);

/** Doubles from N(0, 1), by Box and Muller. */
export function normal(kit: Kit, length: number, seed: number): Float64Array<ArrayBuffer> {
  const u = uniform01(kit, 2 * length, seed);
  return Float64Array.from({ length }, (_, i) => {
    const radius = Math.sqrt(-2 * Math.log(1 - (u[2 * i] as number)));
    return radius * Math.cos(2 * Math.PI * (u[2 * i + 1] as number));
  });
}

/** ‖x_i − y_j‖² of points in rows of length d. */
function squaredDistances(x: Float64Array, y: Float64Array, d: number): Float64Array {
  const [n, m] = [x.length / d, y.length / d];
  const cost = new Float64Array(n * m);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += ((x[i * d + k] as number) - (y[j * d + k] as number)) ** 2;
      cost[i * m + j] = sum;
    }
  return cost;
}

/** Squared distances between two Gaussian clouds of n points in three dimensions, the second one shifted by 1. */
export function gaussianCost(kit: Kit, n: number): Float64Array {
  const y = normal(kit, 3 * n, 2).map((v) => v + 1);
  return squaredDistances(normal(kit, 3 * n, 1), y, 3);
}

/** A square matrix for a Python peer. */
export const square = (data: Float64Array, n: number): SharedArray => ({ data, shape: [n, n] });
