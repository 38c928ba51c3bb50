import { ArgumentError, ShapeError, type Tensor, tensor } from "@x/tensor";
import { refuseChoice } from "../internal/choice";
import { checkOptionNames } from "../internal/option-names";
import { checkOptionsGiven } from "../internal/options";
import { tensorOf } from "../internal/read";
import { type ReadMeasure, readMeasures, type WeightedPoints } from "../internal/weighted-points";
import { type Executor, inlineExecutor } from "./executor";
import {
  asTensors,
  condense,
  METRIC_NAMES,
  type NamedMetric,
  type TensorMeasure,
  vanishesOnEqual,
} from "./metrics";
import { type BlockDistances, type Pair, pairBlock, tiles } from "./pair-block";
import { pairsTask } from "./tasks";

/** A symmetric distance of your own between two measures; it runs on the thread of the caller. */
export interface CustomMetric {
  readonly metric: (x: TensorMeasure, y: TensorMeasure) => number | Promise<number>;
}

/** How many of all pairs are done. */
export interface PairwiseProgress {
  readonly done: number;
  readonly total: number;
}

/** Which distance, and how the pairs are worked off. */
export type PairwiseOptions = (NamedMetric | CustomMetric) & {
  /** Where the pairs are compared; default `inlineExecutor`. Every executor gives the same bits. */
  readonly executor?: Executor | undefined;
  /** Rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PairwiseProgress) => void) | undefined;
  /** Whether to print one warning if solvers do not converge; default true. */
  readonly warn?: boolean | undefined;
};

/** Distances between all pairs of measures. */
export interface PairwiseResult {
  /** Symmetric, shape [k, k], f64. */
  readonly distances: Tensor;
  /** Whether the solver of every pair converged. */
  readonly converged: boolean;
  /** Pairs whose solver did not. */
  readonly failed: readonly Pair[];
}

const NAME = "pairwiseDistances";

/**
 * The distances between all pairs of several measures.
 *
 * `emd` and `divergence` give costs (by default squares of distances), `sinkhorn` ⟨P, C⟩, and `sliced`, `wasserstein1d` and
 * `bures` distances. Only pairs i ≤ j are computed. Pairs are independent, so an executor may run them anywhere.
 *
 * @param measures - k clouds in one space, each [n_k, d] or `{ points, weights }`; [n_k] too for `wasserstein1d`.
 *   Weights are brought to the sum 1
 * @param options.metric - a name with that metric's options beside it, or a function
 * @throws (as rejection) ShapeError on shapes that do not fit; ArgumentError on values that are not finite, negative
 *   weights, an unknown metric, or a function with an executor; the signal's reason; the error of a task
 * @example
 * const { distances } = await pairwiseDistances([[[0], [1]], [[3], [4]]], { metric: "emd", cost: "euclidean" });
 * distances // [[0, 3], [3, 0]]
 */
export async function pairwiseDistances(
  measures: readonly WeightedPoints[],
  options: PairwiseOptions,
): Promise<PairwiseResult> {
  checkOptionsGiven(NAME, options, "{ metric }");
  const { executor = inlineExecutor, signal, onProgress, warn = true, ...metric } = options;
  checkNames(options);
  signal?.throwIfAborted();
  const read = readAll(measures, metric);
  const k = read.length;
  const distances = new Float64Array(k * k);
  const failed: Pair[] = [];
  const set = ([i, j]: Pair, value: number): void => {
    distances[i * k + j] = value;
    distances[j * k + i] = value;
  };
  if (isCustom(metric)) {
    if (options.executor !== undefined && options.executor !== inlineExecutor) {
      throw new ArgumentError(
        `${NAME}: expected a metric by name with an executor; got a function, which is no data; leave executor out`,
      );
    }
    await compareByFunction(read, metric, set, { signal, onProgress });
  } else {
    await compareByName(read, metric, executor, { set, failed, signal, onProgress });
  }
  if (warn && failed.length > 0) {
    const [first] = failed;
    console.warn(
      `${NAME}: ${failed.length} pairs did not converge; the first is ${first?.join(", ")}`,
    );
  }
  return {
    distances: tensor(distances, { shape: [k, k], copy: false }),
    converged: failed.length === 0,
    failed,
  };
}

/** Which options there are depends on the metric; an unknown one is refused later. */
function checkNames(options: PairwiseOptions): void {
  const { metric } = options;
  const own = typeof metric === "string" ? METRIC_NAMES[metric] : { metric: 1 as const };
  const shared = { executor: 1, signal: 1, onProgress: 1, warn: 1 } as const;
  if (own !== undefined) checkOptionNames(NAME, options, { ...own, ...shared });
}

type Metric = NamedMetric | CustomMetric;
type Set = (pair: Pair, value: number) => void;

const isCustom = (metric: Metric): metric is CustomMetric => typeof metric.metric === "function";

const names = ["emd", "sinkhorn", "divergence", "sliced", "wasserstein1d", "bures"];

function readAll(measures: readonly WeightedPoints[], metric: Metric): ReadMeasure[] {
  if (!isCustom(metric) && !names.includes(metric.metric)) {
    refuseChoice(NAME, "metric a function,", (metric as Metric).metric, names);
  }
  if (metric.metric !== "wasserstein1d") return readMeasures(NAME, measures);
  const read = readMeasures(NAME, measures.map(onLine));
  const d = read[0]?.points.columns as number;
  if (d === 1) return read;
  throw new ShapeError(
    `${NAME}: expected measures on the line with metric wasserstein1d, shape [n] or [n, 1]; got points in ${d} dimensions`,
    { d },
  );
}

/** Numbers as points of one coordinate. */
function onLine(measure: WeightedPoints): WeightedPoints {
  const pair =
    typeof measure === "object" && measure !== null && "points" in measure
      ? measure
      : { points: measure };
  const points = tensorOf(NAME, "measures", pair.points);
  return points.shape.length === 1 ? { ...pair, points: points.reshape([-1, 1]) } : pair;
}

async function compareByName(
  measures: readonly ReadMeasure[],
  metric: NamedMetric,
  executor: Executor,
  {
    set,
    failed,
    signal,
    onProgress,
  }: { readonly set: Set; readonly failed: Pair[] } & Pick<
    PairwiseOptions,
    "signal" | "onProgress"
  >,
): Promise<void> {
  const condensed = measures.map((measure) => condense(metric, measure));
  const blocks = tiles(measures.length, executor.parallelism, !vanishesOnEqual(metric));
  const payloads = blocks.map((pairs) => pairBlock(metric, condensed, pairs));
  const total = blocks.reduce((sum, pairs) => sum + pairs.length, 0);
  let done = 0;
  const onResult = (index: number): void => {
    done += (blocks[index] as Pair[]).length;
    onProgress?.({ done, total });
  };
  const results = await executor.map(pairsTask, payloads, { signal, onResult });
  for (const [index, pairs] of blocks.entries()) {
    const { values, failed: here } = results[index] as BlockDistances;
    for (const [k, pair] of pairs.entries()) set(pair, values[k] as number);
    failed.push(...here.map((k) => pairs[k] as Pair));
  }
}

async function compareByFunction(
  measures: readonly ReadMeasure[],
  { metric }: CustomMetric,
  set: Set,
  { signal, onProgress }: Pick<PairwiseOptions, "signal" | "onProgress">,
): Promise<void> {
  const given = measures.map(asTensors);
  const pairs = tiles(given.length, 1, true).flat();
  for (const [done, [i, j]] of pairs.entries()) {
    signal?.throwIfAborted();
    const value = await metric(given[i] as TensorMeasure, given[j] as TensorMeasure);
    if (typeof value !== "number" || Number.isNaN(value)) {
      throw new ArgumentError(
        `${NAME}: expected a metric that returns numbers; got ${value} of measures[${i}] and measures[${j}]`,
      );
    }
    set([i, j], value);
    onProgress?.({ done: done + 1, total: pairs.length });
  }
}
