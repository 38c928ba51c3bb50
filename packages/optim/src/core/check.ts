import { ArgumentError, isTensor } from "@x/tensor";
import type { Rate } from "../types";

const refuse = (caller: string, name: string, expected: string, value: unknown): never => {
  throw new ArgumentError(`${caller}: expected ${name} ${expected}; got ${shown(value)}`, {
    [name]: value,
  });
};

/** A value as an error shows it: texts in quotes. */
export const shown = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value) : String(value);

/** Refuses an argument that should be an object of options or a list of methods and is none. */
export function checkObject(caller: string, name: string, value: unknown, advice: string): void {
  if (typeof value === "object" && value !== null) return;
  throw new ArgumentError(
    `${caller}: expected ${name} to be an object; got ${shown(value)}; ${advice}`,
    { [name]: value },
  );
}

/** Refuses all but functions. */
export function checkFunction(caller: string, name: string, value: unknown, advice: string): void {
  if (typeof value === "function") return;
  throw new ArgumentError(
    `${caller}: expected ${name} to be a function; got ${shown(value)}; ${advice}`,
    { [name]: value },
  );
}

/** Refuses all but transformations. */
export function checkTransformation(caller: string, name: string, value: unknown): void {
  if (typeof (value as { update?: unknown } | null | undefined)?.update === "function") return;
  const got =
    typeof value === "function"
      ? `${value.name} is a function; call it`
      : `got ${Array.isArray(value) ? "a list" : shown(value)}`;
  throw new ArgumentError(
    `${caller}: expected ${name} to be an optimiser such as adam(1e-3); ${got}`,
    { [name]: value },
  );
}

/** Refuses a rate that is a negative or non-finite number; tensors and functions are trusted. */
export function checkRate(caller: string, name: string, rate: Rate): void {
  if (typeof rate === "function") return;
  if (isTensor(rate)) {
    if (rate.size === 1) return;
    throw new ArgumentError(
      `${caller}: expected ${name} to be a scalar; got shape [${rate.shape.join(", ")}]`,
      { [name]: rate.shape },
    );
  }
  const given: unknown = rate;
  if (typeof given === "object" && given !== null && name in given) {
    throw new ArgumentError(
      `${caller}: expected ${name} to be a number, a scalar tensor or a function; got an object with ${name}; the rate is the first argument: ${caller}(${name}, options)`,
      { [name]: given },
    );
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
