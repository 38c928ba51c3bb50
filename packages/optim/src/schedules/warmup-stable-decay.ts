import { ArgumentError, type Tensor } from "@x/tensor";
import { checkCount, checkNonNegative, checkObject } from "../core/check";
import type { Schedule } from "../types";
import { between, cosineShare, progress } from "./decay";
import { schedule } from "./schedule";

/** Shape of the last phase: what is left of the height at a share p of it. */
export type DecayShape = "linear" | "cosine" | "sqrt" | "square";

/** Lengths and heights of {@link warmupStableDecay}. */
export interface WarmupStableDecayOptions {
  /** Steps of the straight rise from 0; default 0. */
  readonly warmup?: number;
  /** Steps at the peak. */
  readonly stable: number;
  /** Steps of the fall, ≥ 1. */
  readonly decay: number;
  /** `linear` 1 − p, `cosine` ½(1 + cos πp), `sqrt` 1 − √p, `square` 1 − p²; default `sqrt`. */
  readonly shape?: DecayShape;
  /** Value at the end, ≥ 0; default 0. */
  readonly end?: number;
}

const shapes: Readonly<Record<DecayShape, (p: Tensor) => Tensor>> = {
  linear: (p) => p.neg().add(1),
  cosine: cosineShare,
  sqrt: (p) => p.sqrt().neg().add(1),
  square: (p) => p.square().neg().add(1),
};

/**
 * Warm-up, a long plateau, then a short fall: the plateau can be prolonged without knowing the end beforehand.
 *
 * @param peak - ≥ 0
 * @throws ArgumentError for missing options, counts out of range and an unknown shape
 * @example
 * warmupStableDecay(1, { warmup: 10, stable: 80, decay: 10 })(50) // 1
 * @see Hägele et al. 2024 for the shapes
 */
export function warmupStableDecay(peak: number, options: WarmupStableDecayOptions): Schedule {
  checkObject(
    "warmupStableDecay",
    "options",
    options,
    "call warmupStableDecay(peak, { stable, decay })",
  );
  const { warmup = 0, stable, decay, shape = "sqrt", end = 0 } = options;
  checkNonNegative("warmupStableDecay", "peak", peak);
  checkNonNegative("warmupStableDecay", "end", end);
  checkCount("warmupStableDecay", "warmup", warmup, 0);
  checkCount("warmupStableDecay", "stable", stable, 0);
  checkCount("warmupStableDecay", "decay", decay);
  const left = shapes[shape];
  if (left === undefined) {
    throw new ArgumentError(
      `warmupStableDecay: expected shape ${Object.keys(shapes).join(", ")}; got ${String(shape)}`,
      { shape },
    );
  }
  return schedule((t) => {
    const fall = between(end, peak, left(progress(t.sub(warmup + stable), decay)));
    return warmup === 0 ? fall : t.less(warmup).where(t.mul(peak / warmup), fall);
  });
}
