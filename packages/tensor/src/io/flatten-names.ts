import { ArgumentError } from "../errors";
import { flatten, type Leaf, leaves, type MapTree, names, type Tree, unflatten } from "../tree";
import { quote } from "./refuse";

/**
 * The leaves of a parameter tree by dotted name, as files hold them.
 *
 * @param tree - nested objects and arrays
 * @returns the leaves in the tree's order; no prototype
 * @throws ArgumentError if two leaves have the same name, as in `{ "a.b": x, a: { b: y } }`
 * @example
 * flattenNames({ layers: [{ w: 1, b: 2 }] }) // { "layers.0.b": 2, "layers.0.w": 1 }
 */
export function flattenNames<S>(tree: S): Record<string, Leaf<S>> {
  const byName: Record<string, Leaf<S>> = Object.create(null);
  const values = leaves(tree);
  names(tree as Tree<unknown>).forEach((name, i) => {
    if (name in byName) {
      throw new ArgumentError(
        `flattenNames: expected each name once; got ${quote(name)} twice; use keys without dots`,
        { name },
      );
    }
    byName[name] = values[i] as Leaf<S>;
  });
  return byName;
}

/**
 * Puts named leaves back into a tree, the inverse of `flattenNames`. Names are checked, shapes and dtypes are not.
 *
 * @param byName - exactly the names of `like`
 * @param like - a tree of the wanted structure; its leaves are not used
 * @throws ArgumentError for a name that is missing or too many
 * @example
 * const params = unflattenNames(readSafetensors(bytes).tensors, init(key));
 */
export function unflattenNames<T, S>(
  byName: Readonly<Record<string, T>>,
  like: S,
): NoInfer<MapTree<S, Leaf<S>, T>> {
  const wanted = names(like as Tree<unknown>);
  const missing = wanted.filter((name) => !Object.hasOwn(byName, name));
  const surplus = new Set(Object.keys(byName));
  for (const name of wanted) surplus.delete(name);
  if (missing.length > 0 || surplus.size > 0) {
    const list = (some: readonly string[]): string =>
      some.length === 0 ? "none" : some.slice(0, 5).map(quote).join(", ");
    throw new ArgumentError(
      `unflattenNames: expected the ${wanted.length} names of the tree; ` +
        `missing: ${list(missing)}; surplus: ${list([...surplus])}`,
      { missing, surplus: [...surplus] },
    );
  }
  const values = wanted.map((name) => byName[name] as T);
  return unflatten(flatten(like as Tree<unknown>).structure, values) as MapTree<S, Leaf<S>, T>;
}
