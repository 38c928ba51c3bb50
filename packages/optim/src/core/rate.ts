import { ArgumentError, isTensor, type Tensor } from "@x/tensor";
import type { Rate, Schedule } from "../types";
import { readScalar, type Scalar } from "./scalar";
import { scalarDType } from "./scalar-dtype";

/** Whether a function of the step can be traced. */
const isSchedule = (f: unknown): f is Schedule =>
  typeof f === "function" && (f as Partial<Schedule>)["@x/optim/schedule"] === true;

/** Whether a rate needs to know the step. */
export const dependsOnStep = (rate: Rate): rate is (step: number) => number =>
  typeof rate === "function";

/**
 * The value of a rate at a step.
 *
 * @param step - counted from 0; i32 scalar
 * @throws ArgumentError when a function of numbers alone meets a step that is only being traced
 */
export function rateAt(caller: string, rate: Rate, step: Tensor): Scalar {
  if (!dependsOnStep(rate)) return isTensor(rate) ? (readScalar(rate) ?? rate) : rate;
  const known = readScalar(step);
  if (known !== undefined) return rate(known);
  if (isSchedule(rate)) return (rate as Schedule)(step.cast(scalarDType()));
  throw new ArgumentError(
    `${caller}: expected a schedule that can be traced inside jit; got a function of numbers; wrap it in tabulate(f, steps), or write it with tensor methods in schedule(f)`,
  );
}
