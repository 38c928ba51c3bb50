/** A test image that the network misread. */
export interface Mistake {
  /** Its place among the test images. */
  readonly index: number;
  readonly truth: number;
  readonly answer: number;
  /** How sure the network was of its answer. */
  readonly probability: number;
}

/** How a network does on the test images. */
export interface Evaluation {
  readonly loss: number;
  readonly accuracy: number;
  /** Counts [true digit][answer]. */
  readonly confusion: readonly (readonly number[])[];
  /** Surest first. */
  readonly mistakes: readonly Mistake[];
}

/**
 * Judges the network's answers.
 *
 * @param logProbabilities - [count, 10], row-major
 * @param labels - the true digits
 */
export function evaluate(logProbabilities: ArrayLike<number>, labels: Uint8Array): Evaluation {
  const confusion = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  const mistakes: Mistake[] = [];
  let loss = 0;
  labels.forEach((truth, index) => {
    const row = Array.from({ length: 10 }, (_, d) => logProbabilities[10 * index + d] as number);
    // The first of the largest; 0 if the network has broken down and all are NaN.
    const answer = row.reduce((best, value, d) => (value > (row[best] as number) ? d : best), 0);
    const counts = confusion[truth] as number[];
    counts[answer] = (counts[answer] as number) + 1;
    loss -= row[truth] as number;
    const probability = Math.exp(row[answer] as number);
    if (answer !== truth) mistakes.push({ index, truth, answer, probability });
  });
  mistakes.sort((a, b) => b.probability - a.probability);
  const accuracy = 1 - mistakes.length / labels.length;
  return { loss: loss / labels.length, accuracy, confusion, mistakes };
}
