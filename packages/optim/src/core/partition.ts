import { ArgumentError, type Tensor, zerosLike } from "@x/tensor";
import type { ByLeaf, Extra, GradientTransformation, OptState } from "../types";
import { identity } from "./chain";
import { entriesOf, mapLeaves } from "./tree";

/** The states of the groups by label. */
export type PartitionState = Readonly<Record<string, OptState>>;

/** A tree of choices; what stands on a branch holds for everything below it. */
export type ChoiceTree<T> =
  | T
  | readonly ChoiceTree<T>[]
  | { readonly [key: string]: ChoiceTree<T> };

/** Choices as a function of the leaf, or in a tree like the parameters. */
export type Choices<T> = ByLeaf<T> | ChoiceTree<T>;

/** A text or boolean for each leaf, from a function or a tree of them. */
function chosen<T extends string | boolean>(
  caller: string,
  by: unknown,
  kind: "string" | "boolean",
  params: unknown,
): Map<string, T> {
  const found = new Map<string, T>();
  for (const { path, leaf } of entriesOf(caller, params)) {
    let value: unknown = by;
    if (typeof by === "function") value = (by as ByLeaf<T>)(path, leaf);
    // A tree of choices may stop early: what stands there holds for everything below.
    else
      for (const key of path) {
        if (typeof value !== "object" || value === null) break;
        value = (value as Record<string, unknown>)[key];
      }
    if (typeof value !== kind) {
      throw new ArgumentError(
        `${caller}: expected a ${kind} for every parameter; ${path.join(".")} has ${String(value)}`,
        { path },
      );
    }
    found.set(path.join("."), value as T);
  }
  return found;
}

const only = <P>(caller: string, tree: P, keep: (path: string) => boolean): P =>
  mapLeaves(caller, tree, (x, path) => (keep(path.join(".")) ? x : null));

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
    for (const [path, label] of found) {
      if (!groups.includes(label)) {
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
    verify(state) {
      for (const [group, s] of Object.entries(state)) transformations[group]?.verify?.(s);
    },
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
        [...found].map(([path, label]) => {
          const text = inner[label]?.[path];
          return [path, text === undefined ? label : `${label}: ${text}`];
        }),
      );
    },
  };
}

/** Functions of whole trees as functions of a group's leaves, the others staying where they are. */
function seenBy<P>(
  extra: Extra | undefined,
  params: P | undefined,
  mine: (path: string) => boolean,
): Extra | undefined {
  if (extra === undefined || params === undefined) return extra;
  const { valueFn, gradFn, hvp } = extra;
  const around = (part: P): P => overlay(params, part, (x) => x);
  return {
    ...extra,
    ...(valueFn && { valueFn: (p: never) => valueFn(around(p) as never) }),
    ...(gradFn && { gradFn: (p: never) => only("partition", gradFn(around(p) as never), mine) }),
    ...(hvp && {
      hvp: (v: never) =>
        only("partition", hvp(overlay(params, v as P, (x) => zerosLike(x)) as never), mine),
    }),
  };
}

/** A tree with a part of its leaves replaced, and something made of the others. */
function overlay<P>(whole: P, part: P, rest: (leaf: Tensor) => Tensor): P {
  const given = leavesByPath(part);
  return mapLeaves("partition", whole, (x, path) => given.get(path.join(".")) ?? rest(x));
}

const leavesByPath = (tree: unknown): Map<string, Tensor> =>
  new Map(entriesOf("partition", tree).map(({ path, leaf }) => [path.join("."), leaf]));

/** Both trees' leaves, each having `null` where the other has one. */
function merge<P>(shape: P, a: P, b: P): P {
  const [first, second] = [leavesByPath(a), leavesByPath(b)];
  return mapLeaves("partition", shape, (_, path) => {
    const name = path.join(".");
    return first.get(name) ?? second.get(name) ?? null;
  });
}

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
    return partition((path: readonly string[]) => (found.get(path.join(".")) ? "on" : "off"), {
      on: transformation,
      off: identity(),
    });
  };
  return {
    init: (params) => build(params).init(params),
    update: (grads, state, params, extra) =>
      build(params ?? grads).update(grads, state, params, extra),
    verify: (state) => transformation.verify?.(state["on"]),
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
    return partition((path: readonly string[]) => (found.get(path.join(".")) ? "frozen" : "on"), {
      on: transformation,
      frozen: still(),
    });
  };
  return {
    init: (params) => build(params).init(params),
    update: (grads, state, params, extra) =>
      build(params ?? grads).update(grads, state, params, extra),
    verify: (state) => transformation.verify?.(state["on"]),
    describe: (params) => build(params).describe?.(params) ?? {},
  };
};

/** No updates at all. */
const still = (): GradientTransformation<null> => ({
  init: () => null,
  update: (grads) => ({ updates: mapLeaves("freeze", grads, () => null), state: null }),
});
