import { type Structure, type Tree, unflatten } from "../tree";

/** Several trees again from the leaves of all of them in one list. */
export function regroup<T>(structures: readonly Structure[], leaves: readonly T[]): Tree<T>[] {
  let at = 0;
  return structures.map((structure) => {
    const from = at;
    at += structure.leafCount;
    return unflatten(structure, leaves.slice(from, at));
  });
}
