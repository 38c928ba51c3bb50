import { ArgumentError, ShapeError, stack, type Tensor, tensor } from "@x/tensor";
import { type Rng, rng } from "@x/tensor/random";
import { sinkhornBatch } from "../batch/sinkhorn-batch";
import type { Cost } from "../costs/cost";
import { costMatrix } from "../costs/cost-matrix";
import { emd } from "../exact/emd";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { checkOptionsGiven } from "../internal/options";
import { type Matrix, readMatrix, readWeights } from "../internal/read";
import type { Values } from "../values";
import { indexByWeight } from "./index-by-weight";

const NAME = "minibatchOT";

/** Options of {@link minibatchOT}. */
export interface MinibatchOptions {
  /** Points s of a batch, at most n and m. */
  readonly batchSize: number;
  /** Number k of batches; default 100. */
  readonly batches?: number | undefined;
  /** ε ≥ 0 in units of the cost; default 0: exact transport within each batch. */
  readonly eps?: number | undefined;
  /** Default `sqeuclidean`. */
  readonly cost?: Cost | undefined;
  /** Weights of X: points are drawn by them, with replacement; default: uniformly and without. */
  readonly a?: Values | null | undefined;
  /** Weights of Y. */
  readonly b?: Values | null | undefined;
  /** Whether to subtract half of the value within each measure; default true. */
  readonly debias?: boolean | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
}

const NAMES: OptionNames<MinibatchOptions> = {
  batchSize: 1,
  batches: 1,
  eps: 1,
  cost: 1,
  a: 1,
  b: 1,
  debias: 1,
  seed: 1,
};

/** An estimate and its precision. */
export interface MinibatchResult {
  /** Mean over the batches. */
  readonly value: number;
  /** Standard error of the mean, from the batches' spread; NaN with one batch. */
  readonly standardError: number;
  /** The value of each batch. */
  readonly values: Float64Array;
}

/**
 * The mean optimal transport cost between random batches of two clouds.
 *
 * Λ(α, β) = mean of OT between s points of each, over k batches. It does not vanish for α = β; with `debias` the result is
 * Λ(α, β) − ½ Λ(α, α) − ½ Λ(β, β), each from independent batches, which does in expectation.
 *
 * @param X - points, shape [n, d]
 * @param Y - points, shape [m, d]
 * @param options - `batchSize`, and how to draw and solve
 * @throws ShapeError on points of different dimensions
 * @throws ArgumentError on batch sizes outside 1 … min(n, m), ε < 0 and bad numbers
 * @example
 * minibatchOT([[0], [1]], [[5], [6]], { batchSize: 2, batches: 3, debias: false }).value // 25
 * @see Fatras et al. 2020, "Learning with minibatch Wasserstein"
 */
export function minibatchOT(X: Values, Y: Values, options: MinibatchOptions): MinibatchResult {
  checkOptionsGiven(NAME, options, "{ batchSize }");
  checkOptionNames(NAME, options, NAMES);
  const { batchSize, batches = 100, eps = 0, cost = "sqeuclidean", debias = true } = options;
  const [x, y] = [readMatrix(NAME, "X", X), readMatrix(NAME, "Y", Y)];
  if (x.columns !== y.columns) {
    throw new ShapeError(
      `${NAME}: expected points of the same dimension; got X with ${x.columns} and Y with ${y.columns} coordinates`,
      { X: [x.rows, x.columns], Y: [y.rows, y.columns] },
    );
  }
  checkCounts(batchSize, batches, eps, Math.min(x.rows, y.rows));
  const draw = rng(options.seed ?? 0);
  const first = drawer(x, options.a, "a", batchSize);
  const second = drawer(y, options.b, "b", batchSize);
  const between = (p: Draw, q: Draw): Float64Array =>
    transport(
      Array.from({ length: batches }, () => costMatrix(p(draw), q(draw), cost)),
      eps,
    );
  const values = between(first, second);
  if (debias) {
    const [left, right] = [between(first, first), between(second, second)];
    for (let k = 0; k < batches; k++)
      values[k] = (values[k] as number) - ((left[k] as number) + (right[k] as number)) / 2;
  }
  const value = values.reduce((sum, v) => sum + v, 0) / batches;
  const squares = values.reduce((sum, v) => sum + (v - value) ** 2, 0);
  return { value, standardError: Math.sqrt(squares / (batches - 1) / batches), values };
}

function checkCounts(batchSize: number, batches: number, eps: number, most: number): void {
  const refuse = (what: string, value: number): never => {
    throw new ArgumentError(`${NAME}: expected ${what}; got ${value}`, { value });
  };
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > most)
    refuse(`batchSize to be a whole number from 1 to min(n, m) = ${most}`, batchSize);
  if (!Number.isInteger(batches) || batches < 1)
    refuse("batches to be a whole number ≥ 1", batches);
  if (!(eps >= 0 && eps < Infinity)) refuse("eps ≥ 0, in units of the cost", eps);
}

/** Draws a batch of points. */
type Draw = (draw: Rng) => Tensor;

function drawer(
  points: Matrix,
  weights: Values | null | undefined,
  name: string,
  size: number,
): Draw {
  const { data, rows: n, columns: d } = points;
  const indices =
    weights === null || weights === undefined
      ? withoutReplacement(n, size)
      : byWeight(readWeights(NAME, name, weights, n), size);
  return (draw) => {
    const out = new Float64Array(size * d);
    for (const [k, i] of indices(draw).entries()) out.set(data.subarray(i * d, (i + 1) * d), k * d);
    return tensor(out, { shape: [size, d], copy: false });
  };
}

/** The first steps of a shuffle; the order it leaves is as good as any for the next one. */
function withoutReplacement(n: number, size: number): (draw: Rng) => Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  return (draw) => {
    for (let k = 0; k < size; k++) {
      const other = k + draw.integer(n - k);
      [order[k], order[other]] = [order[other] as number, order[k] as number];
    }
    return order.slice(0, size);
  };
}

function byWeight(weights: Float64Array, size: number): (draw: Rng) => Int32Array {
  const index = indexByWeight(weights);
  return (draw) => Int32Array.from({ length: size }, () => index(draw.uniform()));
}

/** The transport cost of every batch, between uniform weights. */
function transport(costs: readonly Tensor[], eps: number): Float64Array {
  if (eps === 0) return Float64Array.from(costs, (C) => emd(null, null, C).cost);
  return sinkhornBatch(null, null, stack([...costs]), { eps }).value.dataSync() as Float64Array;
}
