import { ArgumentError, isTensor, ShapeError, type Tensor, tensor } from "@x/tensor";
import { showShape } from "../internal/as-tensor";
import { checkClasses, type Numbers, numberPairs } from "./numbers";

/**
 * Counts of predictions by true class (rows) and predicted class (columns).
 *
 * @param predictions - classes from 0, as of `argmax`
 * @param labels - true classes
 * @param classes - their number
 * @returns i32 [classes, classes]
 * @throws ShapeError when the lengths differ; ArgumentError for what is no class
 * @example
 * metrics.confusionMatrix([0, 1, 1], [0, 0, 1], 2) // [[1, 1], [0, 1]]
 */
export function confusionMatrix(predictions: Numbers, labels: Numbers, classes: number): Tensor {
  const operation = "metrics.confusionMatrix";
  if (!Number.isInteger(classes) || classes < 1) {
    throw new ArgumentError(
      `${operation}: expected an integer number of classes ≥ 1; got ${String(classes)}`,
      { classes },
    );
  }
  const [p, y] = numberPairs(operation, ["predictions", "labels"], predictions, labels);
  checkClasses(operation, "predictions", p, classes);
  checkClasses(operation, "labels", y, classes);
  const counts = new Int32Array(classes * classes);
  for (let i = 0; i < y.length; i++) {
    const at = (y[i] as number) * classes + (p[i] as number);
    counts[at] = (counts[at] as number) + 1;
  }
  return tensor(counts, { shape: [classes, classes], copy: false });
}

/** Figures of one class against the others. */
export interface ClassScores {
  /** Share of the predictions of this class that are right; 0 where there is none. */
  readonly precision: number;
  /** Share of the examples of this class that are found; 0 where there is none. */
  readonly recall: number;
  /** Harmonic mean of both; 0 where the class is never right. */
  readonly f1: number;
  /** Number of examples. */
  readonly support: number;
}

/** What {@link classificationScores} computes. */
export interface ClassificationScores {
  /** Share of right predictions. */
  readonly accuracy: number;
  /** Mean recall of the classes that occur. */
  readonly balancedAccuracy: number;
  /** Mean F1 of all classes. */
  readonly macroF1: number;
  /** Cohen's kappa; NaN where chance alone is always right. */
  readonly kappa: number;
  /** Matthews' correlation coefficient; 0 where all predictions or all labels are of one class. */
  readonly mcc: number;
  readonly perClass: readonly ClassScores[];
  /** Classes without examples: they pull macroF1 down by an F1 of 0. Empty is what one wants. */
  readonly emptyClasses: readonly number[];
}

/**
 * Accuracy, balanced accuracy, macro F1, Cohen's kappa, Matthews' correlation and figures by class.
 *
 * @param confusion - counts [C, C], rows true; see {@link confusionMatrix}
 * @throws ShapeError unless it is square; ArgumentError unless it holds counts ≥ 0, at least one of them positive
 * @example
 * metrics.classificationScores([[5, 1], [2, 4]]).accuracy // 0.75
 * @see Cohen 1960, "A coefficient of agreement for nominal scales"; Gorodkin 2004, "Comparing two K-category
 *   assignments by a K-category correlation coefficient"
 */
export function classificationScores(
  confusion: Tensor | readonly (readonly number[])[],
): ClassificationScores {
  const { counts, n } = countsOf(confusion);
  const count = (i: number, j: number): number => counts[i * n + j] as number;
  const classes = Array.from({ length: n }, (_, i) => i);
  const total = (f: (i: number) => number): number => classes.reduce((sum, i) => sum + f(i), 0);
  const actual = classes.map((i) => total((j) => count(i, j)));
  const predicted = classes.map((j) => total((i) => count(i, j)));
  const all = total((i) => actual[i] as number);
  const right = total((i) => count(i, i));
  const perClass = classes.map((i): ClassScores => {
    const [hits, support, named] = [count(i, i), actual[i] as number, predicted[i] as number];
    const share = (of: number): number => (of === 0 ? 0 : hits / of);
    return {
      precision: share(named),
      recall: share(support),
      f1: share((support + named) / 2),
      support,
    };
  });
  const occurring = perClass.filter((c) => c.support > 0);
  // The products stay exact integers up to 2⁵³: 94 million examples.
  const cross = total((i) => (actual[i] as number) * (predicted[i] as number));
  const spread = (marginals: readonly number[]): number =>
    all * all - total((i) => (marginals[i] as number) ** 2);
  const width = Math.sqrt(spread(actual)) * Math.sqrt(spread(predicted));
  return {
    accuracy: right / all,
    balancedAccuracy: occurring.reduce((sum, c) => sum + c.recall, 0) / occurring.length,
    macroF1: perClass.reduce((sum, c) => sum + c.f1, 0) / n,
    kappa: (right * all - cross) / (all * all - cross),
    mcc: width === 0 ? 0 : (right * all - cross) / width,
    perClass,
    emptyClasses: classes.filter((i) => actual[i] === 0),
  };
}

function countsOf(confusion: Tensor | readonly (readonly number[])[]): {
  readonly counts: ArrayLike<number>;
  readonly n: number;
} {
  const m = isTensor(confusion) ? confusion : tensor(confusion as number[][], { dtype: "f64" });
  const [n = 0, columns] = m.shape;
  if (m.shape.length !== 2 || n !== columns) {
    throw new ShapeError(
      `metrics.classificationScores: expected a square matrix of counts; got shape ${showShape(m.shape)}`,
      { shape: m.shape },
    );
  }
  const counts = m.dataSync();
  const bad = counts.findIndex((c: number) => !(c >= 0 && c < Infinity));
  if (bad >= 0 || !counts.some((c: number) => c > 0)) {
    const got = bad >= 0 ? `${counts[bad]} at [${Math.floor(bad / n)}, ${bad % n}]` : "only zeros";
    throw new ArgumentError(
      `metrics.classificationScores: expected counts ≥ 0, one of them positive; got ${got}`,
    );
  }
  return { counts, n };
}
