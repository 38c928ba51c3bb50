import { ones, stopGradient, type Tensor, zeros } from "@x/tensor";
import type { InitOptions } from "../types";

/** Running statistics, under the names of a PyTorch state dict. */
export interface RunningState {
  /** [features]. */
  readonly running_mean: Tensor;
  /** [features], unbiased. */
  readonly running_var: Tensor;
  /** i32 scalar: batches seen in training. */
  readonly num_batches_tracked: Tensor;
}

/** Mean 0, variance 1, no batches. */
export const runningInit = (features: number, { dtype = "f32" }: InitOptions): RunningState => ({
  running_mean: zeros([features], { dtype }),
  running_var: ones([features], { dtype }),
  num_batches_tracked: zeros([], { dtype: "i32" }),
});

/**
 * running ← (1 − m) running + m · batch; with m = null the mean of all batches so far.
 *
 * @param mean - [features]
 * @param variance - [features], unbiased
 */
export function updateRunning(
  state: RunningState,
  mean: Tensor,
  variance: Tensor,
  momentum: number | null,
): RunningState {
  const count = state.num_batches_tracked.add(1);
  const toward = (old: Tensor, batch: Tensor): Tensor => {
    const share = momentum ?? count.cast(old.dtype).reciprocal();
    return old.add(stopGradient(batch).cast(old.dtype).sub(old).mul(share));
  };
  return {
    running_mean: toward(state.running_mean, mean),
    running_var: toward(state.running_var, variance),
    num_batches_tracked: count,
  };
}
