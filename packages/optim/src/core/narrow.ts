import { type Tensor, zerosLike } from "@x/tensor";
import type { Extra } from "../types";
import { entriesOf, keyOf, mapLeaves } from "./tree";

/** A tree with `null` in place of the leaves that a condition on their key leaves out. */
export const only = <P>(caller: string, tree: P, keep: (path: string) => boolean): P =>
  mapLeaves(caller, tree, (x, path) => (keep(keyOf(path)) ? x : null));

/** Functions of whole trees as functions of a group's leaves, the others staying where they are. */
export function seenBy<P>(
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
  const given = leavesByKey(part);
  return mapLeaves("partition", whole, (x, path) => given.get(keyOf(path)) ?? rest(x));
}

/** Leaves by their key. */
export const leavesByKey = (tree: unknown): Map<string, Tensor> =>
  new Map(entriesOf("partition", tree).map(({ path, leaf }) => [keyOf(path), leaf]));
