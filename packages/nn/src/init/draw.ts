import { ArgumentError, random, type Shape, type Tensor } from "@x/tensor";
import type { InitOptions } from "../types";

/** The distribution that weights are drawn from; all have the same standard deviation. */
export type Distribution = "normal" | "uniform" | "truncated";

/**
 * A function that makes the first value of a parameter.
 *
 * @param key - u32 [2]; the same key gives the same weights
 * @param shape - of the parameter, [out, in, …kernel] for weights, [in, out, …kernel] where `transposed`
 */
export type Initializer = (
  key: Tensor,
  shape: Shape,
  options?: InitOptions & { readonly transposed?: boolean },
) => Tensor;

/** Standard deviation of a normal number on condition that it lies within ±2. */
export const truncatedStd = 0.8796256610342398;

/** Numbers of mean 0 and a given standard deviation. */
export function draw(
  operation: string,
  key: Tensor,
  shape: Shape,
  std: number,
  mode: Distribution,
  { dtype = "f32" }: InitOptions,
): Tensor {
  if (mode === "normal") return random.normal(key, shape, { std, dtype });
  if (mode === "uniform") {
    const bound = std * Math.sqrt(3);
    return random.uniform(key, shape, { low: -bound, high: bound, dtype });
  }
  if (mode === "truncated") {
    return random.truncatedNormal(key, shape, { low: -2, high: 2, dtype }).mul(std / truncatedStd);
  }
  throw new ArgumentError(
    `${operation}: expected mode "normal", "uniform" or "truncated"; got ${String(mode)}`,
    { mode },
  );
}

/** @throws ArgumentError unless a gain is a finite number ≥ 0 */
export function checkGain(operation: string, gain: number): number {
  if (Number.isFinite(gain) && gain >= 0) return gain;
  throw new ArgumentError(
    `${operation}: expected a finite gain ≥ 0; got ${String(gain)}; use init.gain for that of an activation`,
    { gain },
  );
}
