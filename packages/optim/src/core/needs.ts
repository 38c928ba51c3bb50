import { ArgumentError, isTensor, type Tensor, tensor } from "@x/tensor";
import type { Extra } from "../types";
import { scalarDType } from "./scalar-dtype";

/** The error of a method that was not given parameters. */
export const needsParams = (caller: string): ArgumentError =>
  new ArgumentError(
    `${caller}: expected parameters as the third argument of update; got none; call update(grads, state, params)`,
  );

/** A scalar of `extra` that a method cannot do without, in f64. */
export function neededValue(caller: string, value: Tensor | number | undefined): Tensor {
  if (value === undefined) {
    throw new ArgumentError(
      `${caller}: expected the loss as extra.value; got none; call update(grads, state, params, { value })`,
    );
  }
  return isTensor(value)
    ? value.cast(scalarDType()).reshape([])
    : tensor(value, { dtype: scalarDType() });
}

/**
 * A function of `extra` that a method cannot do without.
 *
 * @throws ArgumentError when it is missing
 */
export function neededFunction<K extends "valueFn" | "gradFn" | "hvp">(
  caller: string,
  name: K,
  extra: Extra | undefined,
): NonNullable<Extra[K]> {
  const f = extra?.[name];
  if (f === undefined) {
    throw new ArgumentError(
      `${caller}: expected a function extra.${name}; got none; call update(grads, state, params, { ${name} })`,
    );
  }
  return f as NonNullable<Extra[K]>;
}
