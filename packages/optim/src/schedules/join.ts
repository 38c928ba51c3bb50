import { ArgumentError, fullLike, type Tensor } from "@x/tensor";
import { checkCount, checkFunction, checkNonNegative, checkPositive } from "../core/check";
import type { Schedule } from "../types";
import { linearSchedule } from "./decay";
import { schedule } from "./schedule";

/**
 * Schedules one after the other, each counting from the step at which it begins.
 *
 * @param schedules - one more than boundaries
 * @param boundaries - first step of each schedule but the first; rising
 * @throws ArgumentError when their numbers do not fit or boundaries do not rise
 * @example
 * joinSchedules([linearSchedule(0, 0.1, 10), cosineSchedule(0.1, 90)], [10])
 */
export function joinSchedules(
  schedules: readonly Schedule[],
  boundaries: readonly number[],
): Schedule {
  const [first, ...rest] = schedules;
  if (first === undefined || rest.length !== boundaries.length) {
    throw new ArgumentError(
      `joinSchedules: expected one boundary between each two schedules; got ${schedules.length} schedules and ${boundaries.length} boundaries`,
    );
  }
  boundaries.forEach((b, i) => {
    checkCount(
      "joinSchedules",
      "each boundary",
      b,
      i === 0 ? 0 : (boundaries[i - 1] as number) + 1,
    );
  });
  return schedule((t) =>
    rest.reduce((value: Tensor, next, i) => {
      const from = boundaries[i] as number;
      return t.greaterEqual(from).where(next(t.sub(from).maximum(0)), value);
    }, first(t)),
  );
}

/**
 * A value that is multiplied by a factor at given steps.
 *
 * @param value - at step 0, ≥ 0
 * @param factors - factor > 0 by the step from which on it holds
 * @example
 * stepSchedule(1, { 30: 0.1, 60: 0.1 })(45) // 0.1
 */
export function stepSchedule(value: number, factors: Readonly<Record<number, number>>): Schedule {
  checkNonNegative("stepSchedule", "value", value);
  const entries = Object.entries(factors).map(([at, factor]) => [Number(at), factor] as const);
  for (const [at, factor] of entries) {
    checkCount("stepSchedule", "each step", at, 0);
    checkPositive("stepSchedule", "each factor", factor);
  }
  return schedule((t) =>
    entries.reduce(
      (product, [at, factor]) => t.greaterEqual(at).where(product.mul(factor), product),
      fullLike(t, value),
    ),
  );
}

/**
 * A schedule that is reached on a straight line from 0; the schedule begins after the warm-up.
 *
 * @param steps - of the warm-up, ≥ 1
 * @param then - what follows; the line ends at its first value
 * @throws ArgumentError for other arguments, also in the other order
 * @example
 * withWarmup(100, cosineSchedule(0.1, 900))
 */
export function withWarmup(steps: number, then: Schedule): Schedule {
  checkFunction("withWarmup", "then", then, "call withWarmup(steps, schedule), in this order");
  checkCount("withWarmup", "steps", steps);
  return joinSchedules([linearSchedule(0, then(0), steps), then], [steps]);
}
