import type { GradientTransformation } from "../types";
import { identity } from "./chain";
import { type Choices, chosen } from "./choices";
import { type PartitionState, partition } from "./partition";
import { keyOf, mapLeaves } from "./tree";
import { verifyInside } from "./verify-inside";

/**
 * A transformation for some leaves; the others' gradients pass through unchanged.
 *
 * @param transformation - sees `null` in place of the others
 * @param mask - `(path, param) => boolean`, or a tree of booleans
 * @example
 * chain(masked(addDecayedWeights(0.1), (path, p) => p.rank > 1), scaleByLearningRate(0.1))
 */
export const masked = (
  transformation: GradientTransformation,
  mask: Choices<boolean>,
): GradientTransformation<PartitionState> => {
  const inner = (params: unknown): Map<string, boolean> =>
    chosen<boolean>("masked", mask, "boolean", params);
  const build = (params: unknown): GradientTransformation<PartitionState> => {
    const found = inner(params);
    return partition((path: readonly string[]) => (found.get(keyOf(path)) ? "on" : "off"), {
      on: transformation,
      off: identity(),
    });
  };
  return {
    init: (params) => build(params).init(params),
    update: (grads, state, params, extra) =>
      build(params ?? grads).update(grads, state, params, extra),
    ...verifyInside(transformation, (state: PartitionState) => state["on"]),
    describe: (params) => build(params).describe?.(params) ?? {},
  };
};

/**
 * Keeps some leaves as they are; they cost no state and no work.
 *
 * @param transformation - for the others
 * @param mask - `(path, param) => boolean`, or a tree of booleans; true freezes
 * @returns a transformation whose update is `null` for frozen leaves
 * @example
 * freeze(adam(1e-3), (path) => path[0] === "encoder")
 */
export const freeze = (
  transformation: GradientTransformation,
  mask: Choices<boolean>,
): GradientTransformation<PartitionState> => {
  const build = (params: unknown): GradientTransformation<PartitionState> => {
    const found = chosen<boolean>("freeze", mask, "boolean", params);
    return partition((path: readonly string[]) => (found.get(keyOf(path)) ? "frozen" : "on"), {
      on: transformation,
      frozen: still(),
    });
  };
  return {
    init: (params) => build(params).init(params),
    update: (grads, state, params, extra) =>
      build(params ?? grads).update(grads, state, params, extra),
    ...verifyInside(transformation, (state: PartitionState) => state["on"]),
    describe: (params) => {
      const texts = Object.entries(build(params).describe?.(params) ?? {});
      // The group of what is trained is a name of this file alone.
      return Object.fromEntries(texts.map(([path, text]) => [path, text.replace(/^on(: |$)/, "")]));
    },
  };
};

/** No updates at all. */
const still = (): GradientTransformation<null> => ({
  init: () => null,
  update: (grads) => ({ updates: mapLeaves("freeze", grads, () => null), state: null }),
});
