import { ArgumentError } from "@x/tensor";
import { type Numbers, numberPairs } from "./numbers";

/** Options of {@link calibrationError}. */
export interface CalibrationOptions {
  /** Number of bins, ≥ 1; default 15. */
  readonly bins?: number | undefined;
  /** Bins of equal width over (0, 1] (default), or with equally many examples. */
  readonly binning?: "width" | "mass" | undefined;
}

/** Examples of similar confidence. */
export interface CalibrationBin {
  /** Number of examples. */
  readonly count: number;
  /** Their mean confidence; NaN without examples. */
  readonly confidence: number;
  /** Their share of hits; NaN without examples. */
  readonly accuracy: number;
}

/** What {@link calibrationError} finds. */
export interface CalibrationResult {
  /** Expected calibration error: Σ count / n · |accuracy − confidence|. */
  readonly expected: number;
  /** Largest |accuracy − confidence| of a bin. */
  readonly max: number;
  /** From low to high confidence; a reliability diagram draws accuracy over confidence. */
  readonly bins: readonly CalibrationBin[];
}

/**
 * How far confidences are from the accuracy that they promise.
 *
 * Bins are closed on the right: a confidence of 0.6 belongs to the bin that ends at 0.6, whatever its last bit.
 *
 * @param confidences - probability of the predicted class, from 0 to 1
 * @param hits - whether that class was right, 0 or 1
 * @param options.bins - default 15
 * @param options.binning - "width" (default) or "mass"
 * @throws ShapeError when the lengths differ; ArgumentError for confidences outside 0 … 1
 * @example
 * metrics.calibrationError([0.9, 0.9, 0.6], [1, 0, 1], { bins: 5 }).expected // 0.4
 * @see Naeini, Cooper & Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian binning"; Guo et al.
 *   2017, "On calibration of modern neural networks"
 */
export function calibrationError(
  confidences: Numbers,
  hits: Numbers,
  options: CalibrationOptions = {},
): CalibrationResult {
  const { bins = 15, binning = "width" } = options;
  const [p, hit] = numberPairs(
    "metrics.calibrationError",
    ["confidences", "hits"],
    confidences,
    hits,
  );
  check(p, bins, binning);
  const order = Array.from({ length: p.length }, (_, i) => i);
  if (binning === "mass") order.sort((a, b) => (p[a] as number) - (p[b] as number));
  const sums = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, hits: 0 }));
  order.forEach((i, place) => {
    const c = p[i] as number;
    // 0.6 · 5 is 3.0000000000000004 in binary: a hair is taken off before rounding up.
    const at =
      binning === "mass"
        ? Math.floor((place * bins) / p.length)
        : Math.min(bins, Math.max(1, Math.ceil(c * bins - 1e-12))) - 1;
    const bin = sums[at] as (typeof sums)[number];
    bin.count++;
    bin.confidence += c;
    bin.hits += hit[i] as number;
  });
  let [expected, max] = [0, 0];
  const result = sums.map(({ count, confidence, hits: right }) => {
    const bin = { count, confidence: confidence / count, accuracy: right / count };
    if (count === 0) return bin;
    const gap = Math.abs(bin.accuracy - bin.confidence);
    expected += (count / p.length) * gap;
    max = Math.max(max, gap);
    return bin;
  });
  return { expected, max, bins: result };
}

function check(p: ArrayLike<number>, bins: number, binning: string): void {
  if (!Number.isInteger(bins) || bins < 1 || (binning !== "width" && binning !== "mass")) {
    throw new ArgumentError(
      `metrics.calibrationError: expected an integer number of bins ≥ 1 and binning "width" or "mass"; got ${String(bins)} and ${String(binning)}`,
      { bins, binning },
    );
  }
  for (let i = 0; i < p.length; i++) {
    const c = p[i] as number;
    if (c >= 0 && c <= 1) continue;
    throw new ArgumentError(
      `metrics.calibrationError: expected confidences from 0 to 1; got ${c} at position ${i}; take the softmax of logits first`,
      { position: i, value: c },
    );
  }
}
