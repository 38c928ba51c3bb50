import { ArgumentError } from "@x/tensor";
import { midRanks } from "./mid-ranks";
import { checkClasses, type Numbers, numberPairs } from "./numbers";

/** Scores and labels of which both classes occur, and the number of positives. */
function binary(
  operation: string,
  scores: Numbers,
  labels: Numbers,
): { readonly s: ArrayLike<number>; readonly y: ArrayLike<number>; readonly positives: number } {
  const [s, y] = numberPairs(operation, ["scores", "labels"], scores, labels);
  checkClasses(operation, "labels", y, 2);
  let positives = 0;
  for (let i = 0; i < y.length; i++) positives += y[i] as number;
  if (positives > 0 && positives < y.length) return { s, y, positives };
  throw new ArgumentError(
    `${operation}: expected examples of both classes; all ${y.length} are of class ${positives === 0 ? 0 : 1}`,
    { positives, count: y.length },
  );
}

/**
 * Area under the receiver operating characteristic: P(s⁺ > s⁻) + ½ P(s⁺ = s⁻).
 *
 * @param scores - higher for class 1; NaN is refused
 * @param labels - 0 or 1
 * @returns from 0 to 1; ½ for chance
 * @throws ArgumentError when only one class occurs, naming it; ShapeError when the lengths differ
 * @example
 * metrics.auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) // 0.75
 * @see Hanley & McNeil 1982, "The meaning and use of the area under a receiver operating characteristic (ROC) curve"
 */
export function auc(scores: Numbers, labels: Numbers): number {
  const { s, y, positives } = binary("metrics.auc", scores, labels);
  const ranks = midRanks(s);
  let sum = 0;
  for (let i = 0; i < y.length; i++) if (y[i] === 1) sum += ranks[i] as number;
  return (sum - (positives * (positives + 1)) / 2) / (positives * (y.length - positives));
}

/**
 * Average precision: Σ (R_n − R_{n−1}) P_n over the distinct scores from the highest down; equal scores enter together.
 *
 * @param scores - higher for class 1; NaN is refused
 * @param labels - 0 or 1
 * @returns from 0 to 1; the share of positives for chance
 * @throws ArgumentError when only one class occurs, naming it; ShapeError when the lengths differ
 * @example
 * metrics.averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) // 0.8333
 */
export function averagePrecision(scores: Numbers, labels: Numbers): number {
  const { s, y, positives } = binary("metrics.averagePrecision", scores, labels);
  const order = Array.from({ length: s.length }, (_, i) => i).sort(
    (a, b) => (s[b] as number) - (s[a] as number),
  );
  let [found, average] = [0, 0];
  for (let from = 0; from < order.length; ) {
    const before = found;
    let to = from;
    while (to < order.length && s[order[to] as number] === s[order[from] as number]) {
      found += y[order[to++] as number] as number;
    }
    average += ((found - before) / positives) * (found / to);
    from = to;
  }
  return average;
}
