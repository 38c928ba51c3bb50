import { ShapeError, type Tensor, tensor } from "@x/tensor";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { asTensor, readMasses, readMatrix, readVector, total } from "../internal/read";
import type { Values } from "../values";
import { type Atoms, ascending, atomsOf, couple } from "./atoms";
import { type PowerCost, powerSum, readOrder } from "./powers";

/** Options of the solvers on the line. */
export interface LineOptions {
  /** Weights of u; default uniform. */
  readonly uWeights?: Values | null | undefined;
  /** Weights of v, with the same sum; default uniform. */
  readonly vWeights?: Values | null | undefined;
  /** The order p ≥ 1; default 1. */
  readonly p?: number | undefined;
  /** Whether both u and v are in ascending order already, which saves sorting; default false. */
  readonly sorted?: boolean | undefined;
}

/** All names in {@link LineOptions}. */
export const LINE_NAMES: OptionNames<LineOptions> = {
  uWeights: 1,
  vWeights: 1,
  p: 1,
  sorted: 1,
};

/** Costs of many pairs of measures on the line. */
export interface ColumnCosts {
  /** W_p^p of each column, shape [k], f64. */
  readonly costP: Tensor;
  /** W_p of each column, shape [k], f64. */
  readonly distance: Tensor;
}

/**
 * Wasserstein distance of two weighted sets of numbers.
 *
 * W_p^p = ∫₀¹ |F⁻¹(q) − G⁻¹(q)|^p dq with the quantile functions of both; exact, O((n + m) log(n + m)). Weights are
 * normally of sum 1; W_p^p grows with their sum.
 *
 * @param u - length n
 * @param v - length m
 * @returns both W_p^p (`costP`) and W_p (`distance`)
 * @throws ShapeError on lengths that do not fit
 * @throws ArgumentError on values that are not finite, bad weights, p < 1, or `sorted` without being so
 * @example
 * wasserstein1d([0, 1], [0, 2, 3], { uWeights: [0.25, 0.75], vWeights: [0.5, 0.25, 0.25], p: 2 }).costP // 1.5
 * @see Villani 2003, "Topics in Optimal Transportation", theorem 2.18
 */
export function wasserstein1d(u: Values, v: Values, options: LineOptions = {}): PowerCost {
  checkOptionNames("wasserstein1d", options, LINE_NAMES);
  const p = readOrder("wasserstein1d", options.p ?? 1);
  const [left, right] = readLine("wasserstein1d", u, v, options);
  return lineCost(left, right, p);
}

/**
 * {@link wasserstein1d} of each column of two matrices.
 *
 * @param U - shape [n, k]
 * @param V - shape [m, k]
 * @param options.uWeights - length n, the same for all columns
 * @param options.vWeights - length m
 * @returns W_p^p and W_p of the k columns
 * @throws ShapeError unless both have k columns, and as {@link wasserstein1d}
 * @throws ArgumentError as {@link wasserstein1d}
 * @example
 * wasserstein1dColumns([[0, 5], [1, 7]], [[1, 5], [2, 7]]).distance // [1, 0]
 */
export function wasserstein1dColumns(U: Values, V: Values, options: LineOptions = {}): ColumnCosts {
  const operation = "wasserstein1dColumns";
  checkOptionNames(operation, options, LINE_NAMES);
  const p = readOrder(operation, options.p ?? 1);
  const [{ rows: n, columns: k }, { rows: m, columns }] = [
    readMatrix(operation, "U", U),
    readMatrix(operation, "V", V),
  ];
  if (columns !== k) {
    throw new ShapeError(
      `${operation}: expected U and V with the same number of columns; got [${n}, ${k}] and [${m}, ${columns}]`,
      { U: [n, k], V: [m, columns] },
    );
  }
  const measures = readMeasures(operation, n, m, options);
  const left = atomsOfColumns(operation, U, k, measures[0], options);
  const right = atomsOfColumns(operation, V, k, measures[1], options);
  const costs = left.map((atoms, c) => lineCost(atoms, right[c] as Atoms, p));
  return {
    costP: tensor(Float64Array.from(costs, (c) => c.costP)),
    distance: tensor(Float64Array.from(costs, (c) => c.distance)),
  };
}

/** Reads two measures on the line. */
export function readLine(
  operation: string,
  u: Values,
  v: Values,
  options: LineOptions,
): readonly [Atoms, Atoms] {
  const [x, y] = [readVector(operation, "u", u), readVector(operation, "v", v)];
  const measures = readMeasures(operation, x.length, y.length, options);
  const [left, right] = [x, y].map((points, side) => {
    const [order] = ascending(operation, points, 1, options.sorted ?? false) as [Int32Array];
    const { weights, mass } = measures[side] as Weighting;
    return atomsOf(points, weights, order, mass);
  });
  return [left as Atoms, right as Atoms];
}

/** Weights, or undefined and a mass where they are uniform. */
interface Weighting {
  readonly weights: Float64Array | undefined;
  readonly mass: number;
}

/** Weights that were not given stay undefined: their levels k/n are exact to the last bit. */
function readMeasures(
  operation: string,
  n: number,
  m: number,
  { uWeights, vWeights }: LineOptions,
): readonly [Weighting, Weighting] {
  if (n === 0 || m === 0)
    throw new ShapeError(
      `${operation}: expected at least one point on each side; got ${n} and ${m}`,
    );
  const { a, b } = readMasses(operation, uWeights, vWeights, n, m);
  const mass = total(a);
  return [
    { weights: uWeights == null ? undefined : a, mass },
    { weights: vWeights == null ? undefined : b, mass },
  ];
}

function atomsOfColumns(
  operation: string,
  points: Values,
  k: number,
  { weights, mass }: Weighting,
  { sorted = false }: LineOptions,
): Atoms[] {
  const rows = asTensor(points).transpose().dataSync() as Float64Array;
  const n = rows.length / k;
  return ascending(operation, rows, k, sorted).map((order, c) =>
    atomsOf(rows.subarray(c * n, (c + 1) * n), weights, order, mass),
  );
}

/** W_p^p and W_p of two measures of equal mass. */
function lineCost(u: Atoms, v: Atoms, p: number): PowerCost {
  return powerSum(p, (term) => {
    couple(u, v, (i, j, part) => term((u.x[i] as number) - (v.x[j] as number), part * u.mass));
  });
}
