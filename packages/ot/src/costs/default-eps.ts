import { matmul, tensor } from "@x/tensor";
import { type Matrix, total } from "../internal/read";

/** The default ε is this multiple of the standard deviation of the costs. */
const SPREAD = 0.05;

/** The default for given moments of the costs; of a constant cost, in proportion to it. */
export function epsOfMoments(mean: number, variance: number): number {
  const spread = Math.sqrt(Math.max(variance, 0));
  // What cancellation leaves of a constant is no spread.
  if (spread > 1e-7 * Math.abs(mean)) return SPREAD * spread;
  return SPREAD * (Math.abs(mean) || 1);
}

/**
 * The default ε of a cost matrix: 0.05 times the population standard deviation of its finite entries.
 *
 * @param costs - the entries in any order; a typed array
 */
export function defaultEps(costs: Float64Array): number {
  const finite = costs.includes(Infinity) ? costs.filter(Number.isFinite) : costs;
  const mean = total(finite) / finite.length;
  let squares = 0;
  for (const c of finite) squares += (c - mean) * (c - mean);
  return epsOfMoments(mean, squares / finite.length);
}

/** Moments of a cloud about a point: E‖x‖², E‖x‖⁴, E x, E ‖x‖² x and E x xᵀ. */
function moments({ data, rows, columns }: Matrix, centre: Float64Array) {
  const [first, third] = [new Float64Array(columns), new Float64Array(columns)];
  const centred = new Float64Array(data.length);
  let [second, fourth] = [0, 0];
  for (let i = 0; i < rows; i++) {
    let square = 0;
    for (let k = 0; k < columns; k++) {
      const z = (data[i * columns + k] as number) - (centre[k] as number);
      centred[i * columns + k] = z;
      square += z * z;
    }
    second += square / rows;
    fourth += (square * square) / rows;
    for (let k = 0; k < columns; k++) {
      const z = (centred[i * columns + k] as number) / rows;
      first[k] = (first[k] as number) + z;
      third[k] = (third[k] as number) + square * z;
    }
  }
  const points = tensor(centred, { shape: [rows, columns], copy: false });
  const outer = matmul(points.T, points).div(rows).dataSync() as Float64Array;
  return { first, second, third, fourth, outer };
}

const dot = (x: Float64Array, y: Float64Array): number =>
  x.reduce((sum, value, k) => sum + value * (y[k] as number), 0);

/** {@link defaultEps} of squared Euclidean costs between two clouds, from their moments: without the n×m costs. */
export function defaultEpsOfClouds(x: Matrix, y: Matrix): number {
  const centre = new Float64Array(x.columns);
  for (const { data, columns } of [x, y])
    for (let i = 0; i < data.length; i++)
      centre[i % columns] =
        (centre[i % columns] as number) + (data[i] as number) / (x.rows + y.rows);
  const [p, q] = [moments(x, centre), moments(y, centre)];
  const mean = p.second + q.second - 2 * dot(p.first, q.first);
  const square =
    p.fourth +
    q.fourth +
    2 * p.second * q.second +
    4 * dot(p.outer, q.outer) -
    4 * (dot(p.third, q.first) + dot(p.first, q.third));
  return epsOfMoments(mean, square - mean * mean);
}
