import { type Tensor, tensor } from "@x/tensor";
import { checkCount, checkNonNegative, checkPositive } from "../core/check";
import { scalarDType } from "../core/scalar-dtype";
import type { Schedule } from "../types";
import { schedule } from "./schedule";

/** How much of a number of steps has passed, in [0, 1]. */
export const progress = (t: Tensor, steps: number): Tensor => t.div(steps).clip(0, 1);

/** From one value to another by a share in [0, 1]; exact at both ends. */
export const between = (from: number, to: number, share: Tensor): Tensor =>
  share.mul(to).add(share.neg().add(1).mul(from));

/**
 * The same value at every step.
 *
 * @param value - ≥ 0
 */
export function constantSchedule(value: number): Schedule {
  checkNonNegative("constantSchedule", "value", value);
  return schedule(() => tensor(value, { dtype: scalarDType() }));
}

/**
 * A straight line, constant after its end: warm-up when it rises.
 *
 * @param from - value at step 0, ≥ 0
 * @param to - value from step `steps` on, ≥ 0
 * @param steps - ≥ 1
 * @example
 * linearSchedule(0, 0.1, 4)(1) // 0.025
 */
export function linearSchedule(from: number, to: number, steps: number): Schedule {
  return polynomialSchedule(from, to, steps, { power: 1 });
}

/**
 * to + (from − to)·(1 − t/T)ᵖ, constant from step T on.
 *
 * @param from - value at step 0, ≥ 0
 * @param to - value from step T on, ≥ 0
 * @param steps - T, ≥ 1
 * @param options.power - p > 0; default 2
 * @example
 * polynomialSchedule(1, 0, 4)(2) // 0.25
 */
export function polynomialSchedule(
  from: number,
  to: number,
  steps: number,
  options: { readonly power?: number } = {},
): Schedule {
  const { power = 2 } = options;
  checkNonNegative("polynomialSchedule", "from", from);
  checkNonNegative("polynomialSchedule", "to", to);
  checkCount("polynomialSchedule", "steps", steps);
  checkPositive("polynomialSchedule", "power", power);
  return schedule((t) => between(to, from, progress(t, steps).neg().add(1).pow(power)));
}

/**
 * Half a cosine: end + (peak − end)·½(1 + cos πt/T), constant from step T on.
 *
 * @param peak - value at step 0, ≥ 0
 * @param steps - T, ≥ 1
 * @param options.end - value from step T on, ≥ 0; default 0
 * @example
 * cosineSchedule(1, 100)(50) // 0.5
 * @see Loshchilov & Hutter 2017, equation 5, without restarts
 */
export function cosineSchedule(
  peak: number,
  steps: number,
  options: { readonly end?: number } = {},
): Schedule {
  const { end = 0 } = options;
  checkNonNegative("cosineSchedule", "peak", peak);
  checkNonNegative("cosineSchedule", "end", end);
  checkCount("cosineSchedule", "steps", steps);
  return schedule((t) => between(end, peak, cosineShare(progress(t, steps))));
}

/** ½(1 + cos πp): 1, 0.5, 0 at p = 0, ½, 1. */
export const cosineShare = (p: Tensor): Tensor => p.mul(Math.PI).cos().add(1).div(2);

/**
 * value · rate^(t/every), or with whole powers only: a staircase.
 *
 * @param value - at step 0, ≥ 0
 * @param rate - > 0
 * @param options.every - steps per factor, ≥ 1; default 1
 * @param options.staircase - round the power down; default false
 * @example
 * exponentialSchedule(1, 0.5, { every: 10, staircase: true })(25) // 0.25
 */
export function exponentialSchedule(
  value: number,
  rate: number,
  options: { readonly every?: number; readonly staircase?: boolean } = {},
): Schedule {
  const { every = 1, staircase = false } = options;
  checkNonNegative("exponentialSchedule", "value", value);
  checkPositive("exponentialSchedule", "rate", rate);
  checkCount("exponentialSchedule", "every", every);
  return schedule((t) => {
    const power = t.div(every);
    return (staircase ? power.floor() : power).mul(Math.log(rate)).exp().mul(value);
  });
}
