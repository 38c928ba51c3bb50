import { ArgumentError } from "@x/tensor";
import { checkPositive } from "../core/check";

/** A closed convex set of decisions. */
export interface Domain {
  /** Largest Euclidean distance of two points. */
  readonly diameter: number;
  /** The nearest point, in the Euclidean norm. */
  readonly project: (x: Float64Array) => Float64Array;
  /** Where to begin. */
  readonly start: (dimension: number) => Float64Array;
}

/**
 * A Euclidean ball around 0.
 *
 * @param radius - > 0
 */
export function ballDomain(radius: number): Domain {
  checkPositive("ballDomain", "radius", radius);
  return {
    diameter: 2 * radius,
    start: (d) => new Float64Array(d),
    project: (x) => {
      const size = Math.hypot(...x);
      return size <= radius ? x : x.map((v) => (v * radius) / size);
    },
  };
}

/**
 * A box [low_i, high_i].
 *
 * @param low - lower ends
 * @param high - upper ends, > low
 * @throws ArgumentError when the lists differ in length or a side is empty
 */
export function boxDomain(low: readonly number[], high: readonly number[]): Domain {
  const bad = low.findIndex((x, i) => !(x < (high[i] as number)));
  if (low.length !== high.length || low.length === 0 || bad >= 0) {
    throw new ArgumentError(
      `boxDomain: expected low < high, as many of each; got low = [${low.join(", ")}], high = [${high.join(", ")}]`,
      { low, high },
    );
  }
  const at = (list: readonly number[], i: number): number => list[i] as number;
  return {
    diameter: Math.hypot(...low.map((x, i) => at(high, i) - x)),
    start: () => Float64Array.from(low, (x, i) => (x + at(high, i)) / 2),
    project: (x) => x.map((v, i) => Math.min(Math.max(v, at(low, i)), at(high, i))),
  };
}

/** Points x ≥ 0 with Σx = 1; begins at the centre. */
export const simplexDomain = (): Domain => ({
  diameter: Math.SQRT2,
  start: (d) => new Float64Array(d).fill(1 / d),
  project: (x) => {
    const sorted = x.slice().sort().reverse();
    let sum = 0;
    let shift = 0;
    sorted.forEach((v, i) => {
      sum += v;
      const candidate = (sum - 1) / (i + 1);
      if (v > candidate) shift = candidate;
    });
    return x.map((v) => Math.max(v - shift, 0));
  },
});
