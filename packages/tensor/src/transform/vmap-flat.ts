import { withTrace } from "../internal/trace";
import { batchToFront } from "../primitives/batching";
import type { Tensor } from "../tensor";
import { BatchTrace } from "./batch-trace";

/** Batches a function of lists; batched inputs and all outputs have the batch in front. */
export const vmapFlat = (
  f: (inputs: readonly Tensor[]) => readonly Tensor[],
  inputs: readonly Tensor[],
  batched: readonly boolean[],
  size: number,
): Tensor[] =>
  withTrace(
    (level) => new BatchTrace(level, size),
    (trace) => {
      const args = inputs.map((x, i) => trace.join(x, batched[i] ? 0 : null));
      return f(args).map((y) => {
        const [value, axis] = trace.split(y);
        return batchToFront(value, axis, size);
      });
    },
  );
