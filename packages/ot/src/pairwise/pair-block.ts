import { ArgumentError } from "@x/tensor";
import type { ReadMeasure } from "../internal/weighted-points";
import { asTensors, compare, type NamedMetric } from "./metrics";

/** A measure as plain data. */
interface PlainMeasure {
  /** Its number among all measures. */
  readonly index: number;
  /** In C order. */
  readonly points: ArrayLike<number>;
  readonly columns: number;
  readonly weights: ArrayLike<number>;
}

/** Pairs to compare: the payload of a task. */
export interface PairBlock {
  readonly metric: NamedMetric;
  readonly measures: readonly PlainMeasure[];
  /** Positions in `measures`, two for each pair. */
  readonly pairs: readonly number[];
}

/** Distances of the pairs of a block, in their order: the result of a task. */
export interface BlockDistances {
  readonly values: readonly number[];
  /** Which of the pairs did not converge. */
  readonly failed: readonly number[];
}

const asArray = (values: ArrayLike<number>): Float64Array =>
  values instanceof Float64Array ? values : Float64Array.from(values);

/** Runs the task of a block. */
export function comparePairs({ metric, measures, pairs }: PairBlock): BlockDistances {
  const read = measures.map(({ points, columns, weights }) =>
    asTensors({
      points: { data: asArray(points), rows: points.length / columns, columns },
      weights: asArray(weights),
    }),
  );
  const values: number[] = [];
  const failed: number[] = [];
  for (let k = 0; 2 * k < pairs.length; k++) {
    const [i, j] = [pairs[2 * k] as number, pairs[2 * k + 1] as number];
    const [x, y] = [read[i], read[j]];
    if (x === undefined || y === undefined)
      throw new ArgumentError(
        `comparePairs: expected pairs of ${read.length} measures; got ${i}, ${j}`,
      );
    try {
      const { value, converged } = compare(metric, x, y);
      values.push(value);
      if (!converged) failed.push(k);
    } catch (error) {
      throw new ArgumentError(
        `pairwiseDistances: measures[${measures[i]?.index}] and measures[${measures[j]?.index}]: ${(error as Error).message}`,
      );
    }
  }
  return { values, failed };
}

/** Two measures by their numbers. */
export type Pair = readonly [i: number, j: number];

/** The measures of some pairs, each once, and the pairs. */
export function pairBlock(
  metric: NamedMetric,
  measures: readonly ReadMeasure[],
  pairs: readonly Pair[],
): PairBlock {
  const used = [...new Set(pairs.flat())];
  const positions = new Map(used.map((index, position) => [index, position]));
  return {
    metric,
    measures: used.map((index) => {
      const { points, weights } = measures[index] as ReadMeasure;
      return { index, points: points.data, columns: points.columns, weights };
    }),
    pairs: pairs.flat().map((index) => positions.get(index) as number),
  };
}

/** Most measures along a side of a block: 64 pairs come with 16 measures. */
const LARGEST_TILE = 8;

/**
 * The pairs i ≤ j of k measures (or i < j) in square tiles, some eight for each task that runs at a time.
 */
export function tiles(k: number, parallelism: number, diagonal: boolean): Pair[][] {
  const size = Math.min(LARGEST_TILE, Math.max(1, Math.floor(k / (4 * Math.sqrt(parallelism)))));
  const blocks: Pair[][] = [];
  for (let top = 0; top < k; top += size)
    for (let left = top; left < k; left += size) {
      const pairs: Pair[] = [];
      for (let i = top; i < Math.min(top + size, k); i++)
        for (let j = Math.max(left, diagonal ? i : i + 1); j < Math.min(left + size, k); j++)
          pairs.push([i, j]);
      if (pairs.length > 0) blocks.push(pairs);
    }
  return blocks;
}
