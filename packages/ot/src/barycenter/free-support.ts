import { ArgumentError, random, ShapeError, type Tensor, tensor } from "@x/tensor";
import { costMatrix } from "../costs/cost-matrix";
import { emd } from "../exact/emd";
import { checkOptionNames, type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import { type Matrix, readMatrix, readWeights, total } from "../internal/read";
import { type ReadMeasure, readMeasures, type WeightedPoints } from "../internal/weighted-points";
import type { Values } from "../values";

/** How {@link freeSupportBarycenter} begins and ends. */
export interface FreeSupportOptions {
  /** Points to start from, shape [n, d]; default `size` draws from a Gaussian with the moments of all measures. */
  readonly init?: Values | undefined;
  /** Number of points without `init`; default that of the largest measure. */
  readonly size?: number | undefined;
  /** Of the points without `init`; default 0. */
  readonly seed?: number | undefined;
  /** Weights of the barycenter's points, shape [n], rescaled to the sum 1; default uniform. */
  readonly b?: Values | null | undefined;
  /** λ of the measures, shape [K], ≥ 0, rescaled to the sum 1; default uniform. */
  readonly weights?: Values | null | undefined;
  /** Sum of squared displacements of all points to stop at; default 10⁻⁷. */
  readonly tol?: number | undefined;
  /** Default 100. */
  readonly maxIterations?: number | undefined;
  /** Whether to print one warning if the method does not converge; default true. */
  readonly warn?: boolean | undefined;
}

const NAMES: OptionNames<FreeSupportOptions> = {
  init: 1,
  size: 1,
  seed: 1,
  b: 1,
  weights: 1,
  ...SOLVER_NAMES,
};

/** The weighted points that {@link freeSupportBarycenter} finds. */
export interface FreeSupportBarycenter {
  /** Shape [n, d]. */
  readonly points: Tensor;
  /** Shape [n], of sum 1. */
  readonly weights: Tensor;
  /** Σ λ_k W₂² of the points before each move; never increases. */
  readonly costs: readonly number[];
  readonly iterations: number;
  readonly converged: boolean;
  readonly status: string;
}

const NAME = "freeSupportBarycenter";

/**
 * A Wasserstein barycenter of clouds by points that move: a local minimum of X ↦ Σ λ_k W₂²(Σ b_i δ_{x_i}, α_k).
 *
 * Alternates exact plans P_k to every measure with X ← Σ_k λ_k diag(1/b) P_k Y_k.
 *
 * @param measures - K clouds, each [m_k, d] or `{ points, weights }`
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on values that are not finite, negative weights, a weight of zero in `b`
 * @example
 * freeSupportBarycenter([[[0, 0]], [[2, 4]]], { size: 1 }).points // [[1, 2]]
 * @see Cuturi & Doucet 2014; Álvarez-Esteban, del Barrio, Cuesta-Albertos & Matrán 2016
 */
export function freeSupportBarycenter(
  measures: readonly WeightedPoints[],
  options: FreeSupportOptions = {},
): FreeSupportBarycenter {
  checkOptionNames(NAME, options, NAMES);
  const { tol = 1e-7, maxIterations = 100, warn = true } = options;
  if (!(tol >= 0)) throw new ArgumentError(`${NAME}: expected tol ≥ 0; got ${tol}`, { tol });
  checkCount("maxIterations", maxIterations);
  const read = readMeasures(NAME, measures);
  const lambda = normalized(readWeights(NAME, "weights", options.weights, read.length));
  let X = start(read, options);
  const b = normalized(readWeights(NAME, "b", options.b, X.rows));
  if (b.includes(0)) {
    throw new ArgumentError(
      `${NAME}: expected weights b > 0, for a point without mass goes nowhere; got b[${b.indexOf(0)}] = 0; leave the point out`,
      { index: b.indexOf(0) },
    );
  }
  const duals: (Tensor | undefined)[] = read.map(() => undefined);
  const costs: number[] = [];
  let displacement = Infinity;
  while (displacement > tol && costs.length < maxIterations) {
    const next = move(X, b, read, lambda, duals);
    costs.push(next.cost);
    displacement = next.X.reduce((sum, x, i) => sum + (x - (X.data[i] as number)) ** 2, 0);
    X = { ...X, data: next.X };
  }
  const converged = displacement <= tol;
  const status = `${costs.length} iterations, squared displacement ${displacement.toExponential(2)}, ${converged ? "converged" : `not at most ${tol}; more iterations may help`}`;
  if (warn && !converged) console.warn(`${NAME}: ${status}`);
  return {
    points: tensor(X.data, { shape: [X.rows, X.columns], copy: false }),
    weights: tensor(b, { copy: false }),
    ...{ costs, iterations: costs.length, converged, status },
  };
}

const asPoints = ({ data, rows, columns }: Matrix): Tensor =>
  tensor(data, { shape: [rows, columns] });

function normalized(weights: Float64Array): Float64Array {
  const sum = total(weights);
  return weights.map((w) => w / sum);
}

function checkCount(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new ArgumentError(`${NAME}: expected ${name} to be a whole number ≥ 1; got ${value}`, {
    [name]: value,
  });
}

/** Σ λ_k diag(1/b) P_k Y_k, and Σ λ_k ⟨P_k, C_k⟩. */
function move(
  X: Matrix,
  b: Float64Array,
  measures: readonly ReadMeasure[],
  lambda: Float64Array,
  duals: (Tensor | undefined)[],
): { readonly X: Float64Array; readonly cost: number } {
  const d = X.columns;
  const out = new Float64Array(X.data.length);
  let cost = 0;
  for (const [k, { points, weights }] of measures.entries()) {
    const share = lambda[k] as number;
    if (share === 0) continue;
    const C = costMatrix(asPoints(X), asPoints(points));
    const v = duals[k];
    const found = emd(b, weights, C, v === undefined ? {} : { potentialsInit: { v } });
    // From one move to the next the optimal basis changes little.
    duals[k] = found.v;
    cost += share * found.cost;
    const { rows, columns, values } = found.plan;
    for (const [at, mass] of values.entries()) {
      const [i, j] = [rows[at] as number, columns[at] as number];
      const part = (share * mass) / (b[i] as number);
      for (let c = 0; c < d; c++)
        out[i * d + c] = (out[i * d + c] as number) + part * (points.data[j * d + c] as number);
    }
  }
  return { X: out, cost };
}

function start(
  measures: readonly ReadMeasure[],
  { init, size, seed = 0 }: FreeSupportOptions,
): Matrix {
  const d = (measures[0] as ReadMeasure).points.columns;
  if (init !== undefined) {
    const X = readMatrix(NAME, "init", init);
    if (X.columns === d) return X;
    throw new ShapeError(
      `${NAME}: expected init with shape [n, ${d}]; got [${X.rows}, ${X.columns}]`,
      {
        init: [X.rows, X.columns],
      },
    );
  }
  const rows = size ?? Math.max(...measures.map(({ weights }) => weights.length));
  checkCount("size", rows);
  const noise = random.normal(random.key(seed), [rows, d], { dtype: "f64" });
  const [mean, deviation] = moments(measures, d);
  const data = (noise.dataSync() as Float64Array).map(
    (z, i) => (mean[i % d] as number) + (deviation[i % d] as number) * z,
  );
  return { data, rows, columns: d };
}

/** Means and standard deviations of the coordinates, over all measures. */
function moments(
  measures: readonly ReadMeasure[],
  d: number,
): readonly [Float64Array, Float64Array] {
  const average = (value: (x: number, axis: number) => number): Float64Array => {
    const sums = new Float64Array(d);
    for (const { points, weights } of measures)
      for (const [i, x] of points.data.entries()) {
        const share = (weights[Math.floor(i / d)] as number) / measures.length;
        sums[i % d] = (sums[i % d] as number) + share * value(x, i % d);
      }
    return sums;
  };
  const mean = average((x) => x);
  return [mean, average((x, axis) => (x - (mean[axis] as number)) ** 2).map(Math.sqrt)];
}
