import { type Tensor, tensor } from "@x/tensor";
import type { Extra, GradientTransformation, OptState } from "../types";
import { named } from "./named";
import { inDtype, type Scalar, toScalar } from "./scalar";
import { checkLeaf, mapLeaves, parameterEntries, zipTrees } from "./tree";

/** State of {@link leafwise}: the number of steps taken, and one tree like the parameters for each slot. */
export type LeafwiseState<Slot extends string> = { readonly step: Tensor } & {
  readonly [K in Slot]: OptState;
};

/** What the rule of a leaf sees besides its gradient. */
export interface LeafContext<Slot extends string, S extends string> {
  /** Number of this step, from 1; i32 scalar. */
  readonly step: Tensor;
  /** Slots of this leaf; those that began as `null` are missing. */
  readonly slots: Readonly<Record<Slot, Tensor>>;
  /** Scalars of this step in the dtype of the leaf. */
  readonly scalars: Readonly<Record<S, Scalar>>;
  /** The parameter; undefined if the caller gave none. */
  readonly param: Tensor | undefined;
  readonly path: readonly string[];
}

/** A method that treats each leaf on its own. */
export interface LeafwiseRule<Slot extends string, S extends string> {
  /** Named in errors. */
  readonly name: string;
  /** What `describe` calls it; default the name. */
  readonly part?: string;
  /** What is kept for each leaf, and how it begins; `null` for leaves that do not need it. */
  readonly slots: Readonly<Record<Slot, (param: Tensor, path: readonly string[]) => Tensor | null>>;
  /** What all leaves share in a step, computed once in f64; `t` counts from 1. */
  scalars?(t: Scalar, extra: Extra): Readonly<Record<S, Scalar>>;
  /** The update of a leaf and its new slots, without those that are missing. */
  leaf(
    grad: Tensor,
    context: LeafContext<Slot, S>,
  ): { readonly update: Tensor } & Readonly<Partial<Record<Slot, Tensor>>>;
}

/**
 * The engine of methods that treat each leaf on its own: Adam, RMSProp, Lion and their relatives.
 *
 * Inside `jit` each leaf becomes one fused step, and the scalars of all leaves another one.
 */
export function leafwise<Slot extends string, S extends string = never>(
  rule: LeafwiseRule<Slot, S>,
): GradientTransformation<LeafwiseState<Slot>> {
  const names = Object.keys(rule.slots) as Slot[];
  return named(rule.part ?? rule.name, {
    init(params) {
      parameterEntries(rule.name, params);
      const slots = names.map((slot) => [slot, mapLeaves(rule.name, params, rule.slots[slot])]);
      return { ...Object.fromEntries(slots), step: firstStep() } as LeafwiseState<Slot>;
    },
    update(grads, state, params, extra = {}) {
      const step = state.step.add(1);
      const shared = rule.scalars?.(toScalar(step), extra) ?? {};
      const of = byDtype<S>(shared as Readonly<Record<S, Scalar>>);
      const kept = Object.fromEntries(names.map((slot) => [`state.${slot}`, state[slot]]));
      const [updates, ...next] = zipTrees(rule.name, { grads, params, ...kept }, names.length + 1, {
        leaf([grad, param, ...old], path) {
          const g = grad as Tensor;
          checkLeaf(rule.name, path, g, param);
          const slots = Object.fromEntries(names.map((slot, i) => [slot, old[i]]));
          const result = rule.leaf(g, {
            step,
            slots: slots as Record<Slot, Tensor>,
            scalars: of(g),
            param,
            path,
          });
          return [result.update, ...names.map((slot) => result[slot] ?? null)];
        },
        absent: ([, ...old]) => [null, ...old],
      });
      const slots = Object.fromEntries(names.map((slot, i) => [slot, next[i]]));
      return {
        updates: updates as typeof grads,
        state: { ...slots, step } as unknown as LeafwiseState<Slot>,
      };
    },
  });
}

/** A counter of steps before the first. */
export const firstStep = (): Tensor => tensor(0, { dtype: "i32" });

/** Casts each scalar once for every dtype that asks. */
function byDtype<S extends string>(
  scalars: Readonly<Record<S, Scalar>>,
): (like: Tensor) => Record<S, Scalar> {
  const known = new Map<string, Record<S, Scalar>>();
  return (like) => {
    const hit = known.get(like.dtype);
    if (hit !== undefined) return hit;
    const entries = Object.entries<Scalar>(scalars).map(([k, x]) => [k, inDtype(x, like.dtype)]);
    const cast = Object.fromEntries(entries) as Record<S, Scalar>;
    known.set(like.dtype, cast);
    return cast;
  };
}
