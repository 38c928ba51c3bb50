import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import { named } from "./core/named";
import { rateAt } from "./core/rate";
import { inDtype } from "./core/scalar";
import { mapLeaves } from "./core/tree";
import type { GradientTransformation, OptState, Rate } from "./types";

/** State of {@link scaleBySamples}: examples processed so far, f64 scalar. */
export interface SamplesState {
  readonly samples: Tensor;
  readonly [key: string]: OptState;
}

/**
 * A learning rate that depends on the number of examples processed, not of steps: what batches that grow need.
 *
 * u ← −lr(samples) · g; then samples grows by `extra.batchSize`.
 *
 * @param lr - as a function of the examples processed before this step; a schedule of this package inside `jit`
 * @throws ArgumentError in `update` without `extra.batchSize`
 * @example
 * const t = chain(scaleByAdagradNorm(), scaleBySamples(cosineSchedule(0.05, 60_000)));
 * t.update(grads, state, params, { batchSize: batch.size });
 */
export function scaleBySamples(lr: Rate): GradientTransformation<SamplesState> {
  return named("scaleBySamples", {
    init: () => ({ samples: tensor(0, { dtype: "f64" }) }),
    update(grads, state, _params, extra) {
      const { batchSize } = extra ?? {};
      if (batchSize === undefined) {
        throw new ArgumentError(
          "scaleBySamples: expected { batchSize } as the last argument of update; got none; pass the number of examples behind the gradients",
        );
      }
      const rate = rateAt("scaleBySamples", lr, state.samples);
      const updates = mapLeaves("scaleBySamples", grads, (g) =>
        g.mul(inDtype(rate, g.dtype)).neg(),
      );
      return { updates, state: { samples: state.samples.add(batchSize) } };
    },
  });
}
