import { midRanks } from "./mid-ranks";
import { type Numbers, numberPairs } from "./numbers";

const names = ["predictions", "targets"] as const;

/** A metric of predictions and targets; the number of elements must be equal and not 0. */
export type RegressionMetric = (predictions: Numbers, targets: Numbers) => number;

const mean = (n: number, f: (i: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += f(i);
  return sum / n;
};

/** Mean of f(x − y). */
const ofResiduals =
  (operation: string, f: (r: number) => number): RegressionMetric =>
  (predictions, targets) => {
    const [x, y] = numberPairs(operation, names, predictions, targets);
    return mean(x.length, (i) => f((x[i] as number) - (y[i] as number)));
  };

const meanSquare = ofResiduals("metrics.rmse", (r) => r * r);

/**
 * Root of the mean squared error.
 *
 * @throws ShapeError when the lengths differ; ArgumentError for NaN
 * @example
 * metrics.rmse([1, 2], [2, 4]) // 1.5811
 */
export const rmse: RegressionMetric = (predictions, targets) =>
  Math.sqrt(meanSquare(predictions, targets));

/**
 * Mean absolute error.
 *
 * @throws ShapeError when the lengths differ; ArgumentError for NaN
 * @example
 * metrics.mae([1, 2], [2, 4]) // 1.5
 */
export const mae: RegressionMetric = ofResiduals("metrics.mae", Math.abs);

/**
 * Share of the targets' variance that is explained, R² = 1 − Σ (x − y)² / Σ (y − ȳ)²; NaN or −Infinity for constant targets.
 *
 * @throws ShapeError when the lengths differ; ArgumentError for NaN
 * @example
 * metrics.r2([1, 2, 4], [1, 2, 3]) // 0.5
 */
export const r2: RegressionMetric = (predictions, targets) => {
  const [x, y] = numberPairs("metrics.r2", names, predictions, targets);
  const centre = mean(y.length, (i) => y[i] as number);
  const spread = mean(y.length, (i) => ((y[i] as number) - centre) ** 2);
  return 1 - mean(y.length, (i) => ((x[i] as number) - (y[i] as number)) ** 2) / spread;
};

/**
 * Spearman's rank correlation: that of the ranks, where equal values share the mean of theirs; NaN for constants.
 *
 * @throws ShapeError when the lengths differ; ArgumentError for NaN
 * @example
 * metrics.spearman([1, 2, 3], [10, 100, 1000]) // 1
 * @see Spearman 1904, "The proof and measurement of association between two things"
 */
export const spearman: RegressionMetric = (predictions, targets) => {
  const [x, y] = numberPairs("metrics.spearman", names, predictions, targets);
  const [a, b] = [midRanks(x), midRanks(y)];
  const centre = (x.length + 1) / 2;
  const product = (p: Float64Array, q: Float64Array): number =>
    mean(p.length, (i) => ((p[i] as number) - centre) * ((q[i] as number) - centre));
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
};
