import { total } from "../internal/read";

/** Masses of two measures in units. */
export interface WholeMasses {
  readonly unit: number;
  /** [n + m + 1]: `a`, then −`b`, then 0. */
  readonly whole: Float64Array;
}

/**
 * Masses of two measures as whole numbers, so that sums and differences of flows are exact and ties remain ties.
 *
 * Their unit is at most the 2⁻⁵⁰th part of the total mass. What rounding adds to one side is taken from its largest masses,
 * so that both sides have the same sum.
 */
export function wholeMasses(a: Float64Array, b: Float64Array): WholeMasses {
  const unit = 2 ** (Math.floor(Math.log2(Math.max(total(a), total(b)))) - 50);
  const whole = new Float64Array(a.length + b.length + 1);
  let excess = 0;
  for (let i = 0; i < a.length; i++) {
    const units = Math.round((a[i] as number) / unit);
    whole[i] = units;
    excess += units;
  }
  for (let j = 0; j < b.length; j++) {
    const units = Math.round((b[j] as number) / unit);
    whole[a.length + j] = -units;
    excess -= units;
  }
  spread(whole, a.length, excess);
  return { unit, whole };
}

/** Takes `excess` units from the side that has too many, a few from each of its largest masses. */
function spread(whole: Float64Array, n: number, excess: number): void {
  const [from, to] = excess > 0 ? [0, n] : [n, whole.length - 1];
  const sign = Math.sign(excess);
  let rest = Math.abs(excess);
  let largest = 0;
  for (let k = from; k < to; k++) largest = Math.max(largest, Math.abs(whole[k] as number));
  const share = Math.max(1, Math.ceil(rest / (to - from)));
  while (rest > 0) {
    for (let k = from; k < to && rest > 0; k++) {
      if (2 * Math.abs(whole[k] as number) < largest) continue;
      const units = Math.min(share, rest);
      whole[k] = (whole[k] as number) - sign * units;
      rest -= units;
    }
  }
}
