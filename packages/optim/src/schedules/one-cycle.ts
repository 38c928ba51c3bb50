import { ArgumentError } from "@x/tensor";
import { checkCount, checkPositive } from "../core/check";
import type { Schedule } from "../types";
import { between, cosineShare, progress } from "./decay";
import { joinSchedules } from "./join";
import { schedule } from "./schedule";

/** How {@link oneCycleSchedule} rises and falls. */
export interface OneCycleOptions {
  /** Share of the steps that rise, in (0, 1); default 0.3. */
  readonly rise?: number;
  /** The peak over the first value, > 0; default 25. */
  readonly startDivisor?: number;
  /** The first value over the last, > 0; default 10 000. */
  readonly endDivisor?: number;
}

/**
 * Up from a small value to the peak and down to almost nothing, both along half a cosine.
 *
 * @param peak - > 0
 * @param steps - of the whole cycle, ≥ 2
 * @throws ArgumentError when rise is not in (0, 1)
 * @example
 * oneCycleSchedule(1, 100)(30) // 1
 * @see Smith & Topin 2018
 */
export function oneCycleSchedule(
  peak: number,
  steps: number,
  options: OneCycleOptions = {},
): Schedule {
  const { rise = 0.3, startDivisor = 25, endDivisor = 1e4 } = options;
  checkPositive("oneCycleSchedule", "peak", peak);
  checkCount("oneCycleSchedule", "steps", steps, 2);
  checkPositive("oneCycleSchedule", "startDivisor", startDivisor);
  checkPositive("oneCycleSchedule", "endDivisor", endDivisor);
  if (!(rise > 0 && rise < 1)) {
    throw new ArgumentError(`oneCycleSchedule: expected rise in (0, 1); got ${rise}`, { rise });
  }
  const up = Math.min(steps - 1, Math.max(1, Math.round(rise * steps)));
  const start = peak / startDivisor;
  return joinSchedules(
    [
      schedule((t) => between(peak, start, cosineShare(progress(t, up)))),
      schedule((t) => between(start / endDivisor, peak, cosineShare(progress(t, steps - up)))),
    ],
    [up],
  );
}
