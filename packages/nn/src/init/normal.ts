import { ArgumentError, random, type Shape, type Tensor } from "@x/tensor";
import type { InitOptions } from "../types";

/** Options of {@link normal}. */
export interface NormalInitOptions extends InitOptions {
  /** Default 0.02. */
  readonly std?: number | undefined;
  /**
   * Number of residual blocks L: the weight ends a residual branch, of which there are 2L, and is divided by √(2L).
   * Default none.
   */
  readonly residualBlocks?: number | undefined;
}

/**
 * Normal numbers of mean 0 and small deviation, as transformers begin with.
 *
 * @param key - u32 [2]
 * @param shape - of the result
 * @param options.std - default 0.02
 * @param options.residualBlocks - L > 0 divides by √(2L), for the projections that end residual branches
 * @throws ArgumentError for a std that is negative or not finite, or a number of blocks that is not positive
 * @example
 * init.normal(random.key(0), [8, 4], { residualBlocks: 12 }).shape // [8, 4]
 * @see Radford et al. 2019, "Language models are unsupervised multitask learners", §2.3
 */
export function normal(key: Tensor, shape: Shape, options: NormalInitOptions = {}): Tensor {
  const { std = 0.02, residualBlocks = 0.5, dtype = "f32" } = options;
  if (!Number.isFinite(std) || std < 0 || !(residualBlocks > 0)) {
    throw new ArgumentError(
      `init.normal: expected a finite std ≥ 0 and residualBlocks > 0; got ${String(std)} and ${String(residualBlocks)}`,
      { std, residualBlocks },
    );
  }
  return random.normal(key, shape, { std: std / Math.sqrt(2 * residualBlocks), dtype });
}
