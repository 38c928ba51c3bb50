import type { GradientTransformation, OptState } from "../types";
import { checkTransformation } from "./check";

/**
 * Transformations one after the other: each gets the updates of the one before.
 *
 * @param transformations - from the gradients to the update
 * @returns a transformation whose state is the list of their states
 * @throws ArgumentError for what is no transformation, such as a list of them
 * @example
 * chain(clipByGlobalNorm(1), scaleByAdam(), scaleByLearningRate(1e-3))
 */
export function chain(
  ...transformations: readonly GradientTransformation[]
): GradientTransformation<readonly OptState[]> {
  for (const t of transformations) checkTransformation("chain", "every argument", t);
  return {
    init: (params) => transformations.map((t) => t.init(params)),
    update(grads, state, params, extra) {
      let updates = grads;
      const next = transformations.map((t, i) => {
        const result = t.update(updates, state[i], params, extra);
        updates = result.updates;
        return result.state;
      });
      return { updates, state: next };
    },
    ...(transformations.some((t) => t.verify !== undefined) && {
      verify(state: readonly OptState[]) {
        transformations.forEach((t, i) => {
          t.verify?.(state[i]);
        });
      },
    }),
    describe(params) {
      const texts: Record<string, string> = {};
      for (const t of transformations) {
        for (const [path, text] of Object.entries(t.describe?.(params) ?? {})) {
          texts[path] = [texts[path], text].filter(Boolean).join(", ");
        }
      }
      return texts;
    },
  };
}

/** Leaves gradients as they are. */
export const identity = (): GradientTransformation<null> => ({
  init: () => null,
  update: (grads) => ({ updates: grads, state: null }),
});
