import { ArgumentError, isTensor, ShapeError, type TensorLike, tensor } from "@x/tensor";
import { asFloat, showShape } from "../internal/as-tensor";
import { checkProbabilities } from "../internal/check-probabilities";
import { checkClasses, type Numbers, numbers } from "./numbers";

/** Rows of probabilities and the class of each; one column stands for the probability of class 1. */
function rowsAndLabels(
  operation: string,
  probabilities: TensorLike,
  labels: Numbers,
): { readonly rows: readonly (readonly number[])[]; readonly classes: ArrayLike<number> } {
  const p = asFloat(
    isTensor(probabilities) ? probabilities : tensor(probabilities, { dtype: "f64" }),
  );
  const y = numbers(operation, "labels", labels);
  if (p.shape.length > 2 || p.shape.length === 0 || p.shape[0] !== y.length || y.length === 0) {
    throw new ShapeError(
      `${operation}: expected probabilities [n] or [n, C] and n ≥ 1 labels; got ${showShape(p.shape)} and ${y.length}`,
      { probabilities: p.shape, labels: y.length },
    );
  }
  const data = numbers(operation, "probabilities", p);
  if (p.shape.length === 2) checkProbabilities(operation, p);
  const width = p.shape[1] ?? 1;
  const rows = Array.from({ length: y.length }, (_, i) =>
    Array.from({ length: width }, (_, j) => data[i * width + j] as number),
  ).map((row, i) => {
    if (p.shape.length === 2) return row;
    const [one] = row as [number];
    if (one >= 0 && one <= 1) return [1 - one, one];
    throw new ArgumentError(
      `${operation}: expected probabilities from 0 to 1; got ${one} at position ${i}`,
      { position: i, value: one },
    );
  });
  checkClasses(operation, "labels", y, rows[0]?.length ?? 0);
  return { rows, classes: y };
}

/**
 * Brier score: the mean squared distance of probabilities from what came, 0 at best.
 *
 * For probabilities [n] of class 1 it is the mean of (p − y)², from 0 to 1; for [n, C] the mean of Σ_c (p_c − [y = c])²,
 * from 0 to 2, which is twice the former for two classes.
 *
 * @param probabilities - [n] or [n, C]
 * @param labels - n classes from 0
 * @throws ShapeError when the numbers of rows differ; ArgumentError for what is no probability or no class
 * @example
 * metrics.brier([0.9, 0.2], [1, 0]) // 0.025
 * @see Brier 1950, "Verification of forecasts expressed in terms of probability"
 */
export function brier(probabilities: TensorLike, labels: Numbers): number {
  const { rows, classes } = rowsAndLabels("metrics.brier", probabilities, labels);
  const binary = asFloat(probabilities).shape.length === 1;
  let sum = 0;
  rows.forEach((row, i) => {
    row.forEach((p, c) => {
      sum += (p - Number(classes[i] === c)) ** 2;
    });
  });
  return sum / rows.length / (binary ? 2 : 1);
}

/**
 * Mean negative log-likelihood (log loss) of probabilities; Infinity where what came was held impossible.
 *
 * @param probabilities - [n] of class 1, or [n, C]
 * @param labels - n classes from 0
 * @throws ShapeError when the numbers of rows differ; ArgumentError for what is no probability or no class
 * @example
 * metrics.nll([0.9, 0.2], [1, 0]) // 0.1643
 */
export function nll(probabilities: TensorLike, labels: Numbers): number {
  const { rows, classes } = rowsAndLabels("metrics.nll", probabilities, labels);
  let sum = 0;
  rows.forEach((row, i) => {
    sum -= Math.log(row[classes[i] as number] as number);
  });
  return sum / rows.length;
}
