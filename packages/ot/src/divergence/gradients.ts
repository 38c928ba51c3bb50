import { concat, type Tensor, tensor, vjp } from "@x/tensor";
import { costMatrix } from "../costs/cost-matrix";
import type { Matrix } from "../internal/read";
import { withPairs } from "../streaming/problem";
import { exponents, type Measure } from "./measure";
import { matrixTensor, type Settings } from "./potentials";

/** Entries of a plan that are in memory at once. */
const BAND = 1 << 20;

/** One side of a transport problem. */
export interface Side {
  readonly measure: Measure;
  /** At all points. */
  readonly potential: Float64Array;
}

/** Σ_j P_ij ∇₁c(x_i, y_j), shape [n, d]; 0 at points without mass. */
export function pointGradient(x: Side, y: Side, settings: Settings): Tensor {
  return settings.cost === "sqeuclidean"
    ? squaredGradient(x, y, settings)
    : bandedGradient(x, y, settings);
}

/** For ‖x − y‖²: 2 (x_i Σ_j P_ij − Σ_j P_ij y_j), about the mean of x. */
function squaredGradient(x: Side, y: Side, { cost, eps }: Settings): Tensor {
  const { massive: X, masses: a } = x.measure;
  const { massive: Y, masses: b } = y.measure;
  const d = X.columns;
  const centre = Float64Array.from({ length: d }, (_, k) => {
    let sum = 0;
    for (let i = k; i < X.data.length; i += d) sum += X.data[i] as number;
    return sum / X.rows;
  });
  // The points and a column of ones, for the mass of the rows.
  const values = new Float64Array(Y.rows * (d + 1)).fill(1);
  for (let j = 0; j < Y.rows; j++)
    for (let k = 0; k < d; k++)
      values[j * (d + 1) + k] = (Y.data[j * d + k] as number) - (centre[k] as number);
  const [u, v] = [massiveExponents(x, eps), massiveExponents(y, eps)];
  const sums = withPairs({ X, Y, a, b, cost }, eps, (pairs) => pairs.apply(u, v, values, d + 1));
  const out = X.data.map((value, at) => {
    const [i, k] = [Math.floor(at / d), at % d];
    const mass = sums[i * (d + 1) + d] as number;
    return 2 * ((value - (centre[k] as number)) * mass - (sums[i * (d + 1) + k] as number));
  });
  return spread(x.measure, out);
}

/** For any cost: the derivative of ⟨P, C(x)⟩ at the plan, some rows at a time. */
function bandedGradient(x: Side, y: Side, { cost, eps }: Settings): Tensor {
  const { massive: X, masses: a } = x.measure;
  const { massive: Y, masses: b } = y.measure;
  const [u, v] = [massiveExponents(x, eps), massiveExponents(y, eps)];
  const points = matrixTensor(Y);
  const height = Math.max(1, Math.floor(BAND / Y.rows));
  const bands: Tensor[] = [];
  for (let first = 0; first < X.rows; first += height) {
    const last = Math.min(X.rows, first + height);
    const data = X.data.subarray(first * X.columns, last * X.columns);
    const band: Matrix = { data, rows: last - first, columns: X.columns };
    const problem = { X: band, Y, a: a.subarray(first, last), b, cost };
    const plan = withPairs(problem, eps, (pairs) => pairs.plan(u.subarray(first, last), v));
    const [, pullback] = vjp((z: Tensor) => costMatrix(z, points, cost), matrixTensor(band));
    bands.push(pullback(tensor(plan, { shape: [band.rows, Y.rows], copy: false }))[0]);
  }
  return spread(x.measure, concat(bands).dataSync() as Float64Array);
}

function massiveExponents({ measure, potential }: Side, eps: number): Float64Array {
  const { masses, places } = measure;
  const h =
    places === undefined
      ? potential
      : masses.map((_, k) => potential[places[k] as number] as number);
  return exponents(h, masses, eps);
}

/** Rows of the points with mass among zeros. */
function spread({ points, places }: Measure, values: Float64Array): Tensor {
  const { rows, columns } = points;
  if (places === undefined) return tensor(values, { shape: [rows, columns], copy: false });
  const out = new Float64Array(rows * columns);
  for (const [k, i] of places.entries())
    out.set(values.subarray(k * columns, (k + 1) * columns), i * columns);
  return tensor(out, { shape: [rows, columns], copy: false });
}
