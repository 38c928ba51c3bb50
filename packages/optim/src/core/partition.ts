import { ArgumentError } from "@x/tensor";
import type { Extra, GradientTransformation, OptState } from "../types";
import { type Choices, chosen } from "./choices";
import { leavesByKey, only, seenBy } from "./narrow";
import { dotted, keyOf, mapLeaves } from "./tree";

/** The states of the groups by label. */
export type PartitionState = Readonly<Record<string, OptState>>;

/**
 * Different transformations for different leaves.
 *
 * Each group sees the whole tree with `null` in place of the other groups' leaves, so a group keeps state for
 * its own leaves only.
 *
 * @param labels - `(path, param) => label`, or a tree of labels; a label on a branch holds for all below it
 * @param transformations - by label
 * @throws ArgumentError for a label that no transformation has, naming the path
 * @example
 * partition((path) => (path.at(-1) === "bias" ? "plain" : "decayed"), {
 *   plain: adam(1e-3),
 *   decayed: adamw(1e-3, { weightDecay: 0.1 }),
 * });
 */
export function partition(
  labels: Choices<string>,
  transformations: Readonly<Record<string, GradientTransformation>>,
): GradientTransformation<PartitionState> {
  const groups = Object.keys(transformations);
  const labelsOf = (tree: unknown): Map<string, string> => {
    const found = chosen<string>("partition", labels, "string", tree);
    for (const [key, label] of found) {
      if (!groups.includes(label)) {
        const path = dotted(key);
        throw new ArgumentError(
          `partition: expected one of the labels ${groups.join(", ")}; ${path} has ${label}`,
          { path, label },
        );
      }
    }
    return found;
  };
  const used = (found: Map<string, string>): string[] =>
    groups.filter((g) => [...found.values()].includes(g));
  return {
    init(params) {
      const found = labelsOf(params);
      const states = used(found).map((group) => [
        group,
        transformations[group]?.init(only("partition", params, (p) => found.get(p) === group)),
      ]);
      return Object.fromEntries(states) as PartitionState;
    },
    update<P>(grads: P, state: PartitionState, params?: P, extra?: Extra) {
      const found = labelsOf(params ?? grads);
      const next: Record<string, OptState> = { ...state };
      let updates = mapLeaves("partition", grads, () => null);
      for (const group of Object.keys(state)) {
        const mine = (p: string): boolean => found.get(p) === group;
        const result = (transformations[group] as GradientTransformation).update(
          only("partition", grads, mine),
          state[group],
          params === undefined ? undefined : only("partition", params, mine),
          seenBy(extra, params, mine),
        );
        next[group] = result.state;
        updates = merge(grads, updates, result.updates);
      }
      return { updates, state: next };
    },
    ...(Object.values(transformations).some((t) => t.verify !== undefined) && {
      verify(state: PartitionState) {
        for (const [group, s] of Object.entries(state)) transformations[group]?.verify?.(s);
      },
    }),
    describe(params) {
      const found = labelsOf(params);
      const inner = Object.fromEntries(
        used(found).map((group) => [
          group,
          transformations[group]?.describe?.(
            only("partition", params, (p) => found.get(p) === group),
          ),
        ]),
      );
      return Object.fromEntries(
        [...found].map(([key, label]) => {
          const path = dotted(key);
          const text = inner[label]?.[path];
          return [path, text === undefined || text === "" ? label : `${label}: ${text}`];
        }),
      );
    },
  };
}

/** Both trees' leaves, each having `null` where the other has one. */
function merge<P>(shape: P, a: P, b: P): P {
  const [first, second] = [leavesByKey(a), leavesByKey(b)];
  return mapLeaves("partition", shape, (_, path) => {
    const key = keyOf(path);
    return first.get(key) ?? second.get(key) ?? null;
  });
}
