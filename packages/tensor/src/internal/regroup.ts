import { toTensor } from "../ops/promote";
import type { Tensor, TensorLike } from "../tensor";
import { flatten, type Structure, type Tree, unflatten } from "../tree";

/** A tree of tensors and numbers with tensors in place of the numbers. */
export type TensorsOf<T> = 0 extends 1 & T
  ? T // any
  : Tree<never> extends T
    ? Tree<Tensor>
    : TensorLike extends T
      ? Tensor
      : T extends Tensor | number
        ? Tensor
        : T extends null | undefined
          ? T
          : { -readonly [K in keyof T]: TensorsOf<T[K]> };

/** What may stand for {@link TensorsOf}: numbers are as good as scalars. */
export type TensorsLike<T> =
  | T
  | (T extends Tensor | number
      ? Tensor | number
      : T extends null | undefined
        ? T
        : { readonly [K in keyof T]: TensorsLike<T[K]> });

/** The leaves of a tree as tensors, and its structure. */
export interface TensorLeaves {
  readonly leaves: Tensor[];
  readonly structure: Structure;
}

/** A tree of tensors and numbers taken apart. */
export function tensorLeaves(tree: unknown): TensorLeaves {
  const { leaves, structure } = flatten(tree as Tree<Tensor | number>);
  return { leaves: leaves.map((x) => toTensor(x)), structure };
}

/** The structure of a tree of tensors in words. */
export const showStructure = ({ key }: Structure): string => key.replaceAll("*", "a tensor");

/** Several trees again from the leaves of all of them in one list. */
export function regroup<T>(structures: readonly Structure[], leaves: readonly T[]): Tree<T>[] {
  let at = 0;
  return structures.map((structure) => {
    const from = at;
    at += structure.leafCount;
    return unflatten(structure, leaves.slice(from, at));
  });
}
