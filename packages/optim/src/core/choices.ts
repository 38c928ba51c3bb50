import { ArgumentError } from "@x/tensor";
import type { ByLeaf } from "../types";
import { entriesOf, keyOf } from "./tree";

/** A tree of choices; what stands on a branch holds for everything below it. */
export type ChoiceTree<T> =
  | T
  | readonly ChoiceTree<T>[]
  | { readonly [key: string]: ChoiceTree<T> };

/** Choices as a function of the leaf, or in a tree like the parameters. */
export type Choices<T> = ByLeaf<T> | ChoiceTree<T>;

/**
 * A text or boolean for each leaf by its key, from a function or a tree of them.
 *
 * @throws ArgumentError where there is none, naming the path
 */
export function chosen<T extends string | boolean>(
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
    found.set(keyOf(path), value as T);
  }
  return found;
}
