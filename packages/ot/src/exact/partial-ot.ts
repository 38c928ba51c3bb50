import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { checkOptionsGiven } from "../internal/options";
import { type Matrix, readMatrix, readWeights, total } from "../internal/read";
import type { Values } from "../values";
import { matrixCosts } from "./cost-source";
import type { EmdOptions, EmdResult } from "./solve";
import { solveExact } from "./solve-exact";
import { sparsePlan } from "./sparse-plan";

/** Options of {@link partialOT}. */
export interface PartialOTOptions extends Pick<EmdOptions, "maxPivots" | "warn"> {
  /** How much to transport, > 0, at most the smaller sum of weights. */
  readonly mass: number;
}

const NAMES: OptionNames<PartialOTOptions> = {
  mass: 1,
  maxPivots: 1,
  warn: 1,
};

/** An optimal plan of a given mass, and the potentials that prove it. */
export interface PartialOTResult extends EmdResult {
  /** ≤ 0, shape [n]: what one more unit of weight at a row would save. */
  readonly u: Tensor;
  /** ≤ 0, shape [m]. */
  readonly v: Tensor;
  /** What one more unit of mass costs: u_i + v_j + price ≤ C_ij, and Σ a u + Σ b v + price·mass = cost. */
  readonly price: number;
}

/**
 * Cheapest transport of a given part of the mass.
 *
 * Minimises ⟨P, C⟩ over P ≥ 0 with P1 ≤ a, Pᵀ1 ≤ b and ΣP = mass: the network simplex method on a problem with one more
 * row and column, which take what stays behind. The cost is convex and piecewise linear in the mass.
 *
 * @param a - weights of the rows, length n, ≥ 0, of any sum; null = 1/n each
 * @param b - weights of the columns, length m
 * @param C - costs, shape [n, m]; +∞ forbids a pair
 * @returns as `emd`, with the price of mass
 * @throws ShapeError on lengths that do not fit
 * @throws ArgumentError on NaN or −∞, negative weights, a mass out of range, or if forbidden pairs leave no plan
 * @example
 * partialOT([0.4, 0.6], [0.5, 0.5], [[0, 2], [1, 3]], { mass: 0.5 }).cost // 0.1
 * @see Caffarelli & McCann 2010; Chapel, Alaya & Gasso 2020, "Partial optimal transport"
 */
export function partialOT(
  a: Values | null | undefined,
  b: Values | null | undefined,
  C: Values,
  options: PartialOTOptions,
): PartialOTResult {
  checkOptionsGiven("partialOT", options, "{ mass }");
  checkOptionNames("partialOT", options, NAMES);
  const { mass, ...rest } = options;
  const matrix = readMatrix("partialOT", "C", C, { forbidden: true });
  const { rows: n, columns: m } = matrix;
  const [left, right] = [readWeights("partialOT", "a", a, n), readWeights("partialOT", "b", b, m)];
  const [behind, unmet] = leftOver(left, right, mass);
  const { costs, least } = extended(matrix);
  const solved = solveExact(
    "partialOT",
    matrixCosts(costs),
    Float64Array.of(...left, unmet),
    Float64Array.of(...right, behind),
    rest,
  );
  return withoutDummies(solved, matrix, least);
}

/** What stays behind of a, and what is not delivered of b. */
function leftOver(a: Float64Array, b: Float64Array, mass: number): readonly [number, number] {
  const [sumA, sumB] = [total(a), total(b)];
  const most = Math.min(sumA, sumB);
  // Sums of decimal fractions may fall short of the mass by some roundings.
  if (!(mass > 0 && mass <= most * (1 + 1e-12))) {
    throw new ArgumentError(
      `partialOT: expected a mass > 0 and at most the smaller sum of weights, ${most}; got ${mass}`,
      { mass, sumA, sumB },
    );
  }
  return [Math.max(0, sumA - mass), Math.max(0, sumB - mass)];
}

/**
 * Costs with a row and a column for what stays behind: 0 to each point, and more between the two than a detour by
 * any two points saves. Costs are moved up by their least, which changes the cost of every plan of this mass alike.
 */
function extended({ data, rows, columns }: Matrix): { costs: Matrix; least: number } {
  let [least, most] = [Infinity, -Infinity];
  for (const c of data) {
    if (c === Infinity) continue;
    least = Math.min(least, c);
    most = Math.max(most, c);
  }
  if (least === Infinity) least = 0;
  const range = Math.max(most - least, 0);
  const width = columns + 1;
  const out = new Float64Array((rows + 1) * width);
  for (let i = 0; i < rows; i++) {
    out.set(data.subarray(i * columns, (i + 1) * columns), i * width);
    for (let j = 0; j < columns; j++) out[i * width + j] = (out[i * width + j] as number) - least;
  }
  out[out.length - 1] = range > 0 ? 3 * range : 1;
  return { costs: { data: out, rows: rows + 1, columns: width }, least };
}

/** The solution between real points; potentials so that the added row and column have 0. */
function withoutDummies(
  solved: EmdResult,
  { data, rows: n, columns: m }: Matrix,
  least: number,
): PartialOTResult {
  const [u, v] = [solved.u.dataSync() as Float64Array, solved.v.dataSync() as Float64Array];
  const [lastU, lastV] = [u[n] as number, v[m] as number];
  const { rows, columns, values } = solved.plan;
  const real = Int32Array.from(rows.keys()).filter((k) => rows[k] !== n && columns[k] !== m);
  const [i, j] = [real.map((k) => rows[k] as number), real.map((k) => columns[k] as number)];
  const mass = Float64Array.from(real, (k) => values[k] as number);
  return {
    ...solved,
    plan: sparsePlan([n, m], i, j, mass),
    cost: total(mass.map((p, k) => p * (data[(i[k] as number) * m + (j[k] as number)] as number))),
    u: tensor(
      u.slice(0, n).map((x) => Math.min(0, x + lastV)),
      { copy: false },
    ),
    v: tensor(
      v.slice(0, m).map((x) => Math.min(0, x + lastU)),
      { copy: false },
    ),
    price: least - lastU - lastV,
  };
}
