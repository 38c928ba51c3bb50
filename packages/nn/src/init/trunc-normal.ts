import { ArgumentError, random, type Shape, type Tensor } from "@x/tensor";
import type { InitOptions } from "../types";
import { truncatedStd } from "./draw";

/** Options of {@link truncNormal}. */
export interface TruncNormalOptions extends InitOptions {
  /** Default 0. */
  readonly mean?: number | undefined;
  /** Of the normal distribution before it is cut; default 1. */
  readonly std?: number | undefined;
  /** Make `std` the standard deviation of the result, not of what is cut; default false. */
  readonly exact?: boolean | undefined;
}

/**
 * Normal numbers that lie within two standard deviations of their mean; others are drawn again.
 *
 * The cut leaves a standard deviation of 0.8796 · std, unless `exact` divides by that factor.
 *
 * @param key - u32 [2]
 * @param shape - of the result
 * @param options.std - ≥ 0, default 1
 * @param options.exact - default false
 * @throws ArgumentError for a std that is negative or not finite
 * @example
 * init.truncNormal(random.key(0), [8, 4], { std: 0.02 }).shape // [8, 4]
 */
export function truncNormal(key: Tensor, shape: Shape, options: TruncNormalOptions = {}): Tensor {
  const { mean = 0, std = 1, exact = false, dtype = "f32" } = options;
  if (!Number.isFinite(std) || std < 0) {
    throw new ArgumentError(`init.truncNormal: expected a finite std ≥ 0; got ${String(std)}`, {
      std,
    });
  }
  const z = random.truncatedNormal(key, shape, { low: -2, high: 2, dtype });
  return z.mul(exact ? std / truncatedStd : std).add(mean);
}
