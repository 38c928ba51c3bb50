import { ShapeError } from "@x/tensor";
import type { Values } from "../values";
import { checkOptionNames } from "./option-names";
import { described, type Matrix, readMatrix, readWeights, total } from "./read";

/** A weighted cloud: points of shape [n, d] alone, which then weigh 1/n each, or points with weights of shape [n]. */
export type WeightedPoints =
  | Values
  | { readonly points: Values; readonly weights?: Values | null | undefined };

/** A measure whose parts have been checked. */
export interface ReadMeasure {
  readonly points: Matrix;
  /** Of sum 1. */
  readonly weights: Float64Array;
}

const NAMES = { points: 1, weights: 1 } as const;

const isPair = (
  measure: WeightedPoints,
): measure is { readonly points: Values; readonly weights?: Values | null | undefined } =>
  typeof measure === "object" && measure !== null && "points" in measure;

/**
 * Reads a weighted cloud and brings its weights to the sum 1.
 *
 * @throws ShapeError unless the points have shape [n, d] with n, d ≥ 1 and there are n weights
 * @throws ArgumentError on points or weights that are not finite, and on negative weights or none above 0
 */
function readMeasure(operation: string, name: string, measure: WeightedPoints): ReadMeasure {
  if (isPair(measure)) checkOptionNames(operation, measure, NAMES, `${name} with`);
  const [points, weights] = isPair(measure)
    ? [readMatrix(operation, `${name}.points`, measure.points), measure.weights]
    : [readMatrix(operation, name, measure), null];
  const w = readWeights(operation, `${name}.weights`, weights, points.rows);
  const sum = total(w);
  return { points, weights: sum === 1 ? w : w.map((x) => x / sum) };
}

/**
 * Reads several weighted clouds in one space.
 *
 * @throws ShapeError, ArgumentError as {@link readMeasure}; ShapeError if there is none, or if dimensions differ
 */
export function readMeasures(
  operation: string,
  measures: readonly WeightedPoints[],
): ReadMeasure[] {
  if (!(measures?.length > 0))
    throw new ShapeError(
      `${operation}: expected at least one measure; got ${measures?.length === 0 ? "none" : described(measures)}`,
    );
  const read = measures.map((measure, k) => readMeasure(operation, `measures[${k}]`, measure));
  const d = (read[0] as ReadMeasure).points.columns;
  const other = read.findIndex(({ points }) => points.columns !== d);
  if (other >= 0) {
    const e = (read[other] as ReadMeasure).points.columns;
    throw new ShapeError(
      `${operation}: expected points of one dimension; got measures[0] in ${d} and measures[${other}] in ${e}`,
      { first: d, other: e },
    );
  }
  return read;
}
