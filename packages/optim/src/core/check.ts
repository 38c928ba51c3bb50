import { ArgumentError, isTensor } from "@x/tensor";
import type { Rate } from "../types";

const refuse = (caller: string, name: string, expected: string, value: unknown): never => {
  throw new ArgumentError(`${caller}: expected ${name} ${expected}; got ${String(value)}`, {
    [name]: value,
  });
};

/** Refuses a rate that is a negative or non-finite number; tensors and functions are trusted. */
export function checkRate(caller: string, name: string, rate: Rate): void {
  if (typeof rate === "function") return;
  if (isTensor(rate)) {
    if (rate.size !== 1) refuse(caller, name, "to be a scalar", `shape [${rate.shape.join(", ")}]`);
    return;
  }
  checkNonNegative(caller, name, rate);
}

/** Refuses all but finite numbers ≥ 0. */
export function checkNonNegative(caller: string, name: string, x: number): void {
  if (!(typeof x === "number" && x >= 0 && x < Number.POSITIVE_INFINITY)) {
    refuse(caller, name, "≥ 0 and finite", x);
  }
}

/** Refuses all but finite numbers > 0. */
export function checkPositive(caller: string, name: string, x: number): void {
  if (!(typeof x === "number" && x > 0 && x < Number.POSITIVE_INFINITY)) {
    refuse(caller, name, "> 0 and finite", x);
  }
}

/** Refuses all but decay rates in [0, 1). */
export function checkBeta(caller: string, name: string, x: number): void {
  if (!(typeof x === "number" && x >= 0 && x < 1)) refuse(caller, name, "in [0, 1)", x);
}

/** Refuses all but whole numbers from `least` on. */
export function checkCount(caller: string, name: string, x: number, least = 1): void {
  if (!(Number.isInteger(x) && x >= least))
    refuse(caller, name, `to be a whole number ≥ ${least}`, x);
}
