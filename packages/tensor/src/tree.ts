import { ArgumentError } from "./errors";
import type { Tensor } from "./tensor";

/** Nested arrays and plain objects with leaves of type `T`; `null` and `undefined` are empty trees. */
export type Tree<T> =
  | T
  | null
  | undefined
  | readonly Tree<T>[]
  | { readonly [key: string]: Tree<T> };

type Atom = Tensor | ArrayBufferView | string | number | bigint | boolean | symbol;

/** What a tree of type `S` has at its ends; types that contain themselves are followed to a depth of ten. */
export type Leaf<S> = Tree<never> extends S ? ([S] extends [Tree<infer T>] ? T : never) : Ends<S>;

type Ends<S, Depth extends unknown[] = []> = S extends Atom
  ? S
  : S extends null | undefined
    ? never
    : Depth["length"] extends 10
      ? never
      : S extends readonly (infer E)[]
        ? Ends<E, [...Depth, 0]>
        : S extends object
          ? Ends<S[keyof S], [...Depth, 0]>
          : S;

type ReplaceLeaves<S, T, R> = S extends T
  ? R
  : S extends null | undefined
    ? S
    : { -readonly [K in keyof S]: ReplaceLeaves<S[K], T, R> };

/** A tree of type `S` with its leaves of type `T` replaced by `R`. */
export type MapTree<S, T, R> = Tree<never> extends S ? Tree<R> : ReplaceLeaves<S, T, R>;

/** `S` where all of its leaves are of type `T`. */
type TreeOf<S, T> = S extends T | null | undefined
  ? S
  : S extends object
    ? { readonly [K in keyof S]: TreeOf<S[K], T> }
    : never;

/** The shape of a tree without its leaves. Two structures are equal when their `key` is. */
export interface Structure {
  /** What stands here. */
  readonly kind: "leaf" | "null" | "undefined" | "array" | "object";
  /** Keys of an object, sorted. */
  readonly keys: readonly string[];
  /** Structures of the elements of an array, or of an object's values in the order of its keys. */
  readonly children: readonly Structure[];
  /** Number of leaves in it. */
  readonly leafCount: number;
  /** Canonical text of the structure. */
  readonly key: string;
}

const leaf: Structure = { kind: "leaf", keys: [], children: [], leafCount: 1, key: "*" };
const empty = (kind: "null" | "undefined"): Structure => ({
  kind,
  keys: [],
  children: [],
  leafCount: 0,
  key: "-",
});
const nothing: Structure = empty("null");
const absent: Structure = empty("undefined");

function isPlainObject(x: object): x is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(x) as unknown;
  return prototype === Object.prototype || prototype === null;
}

function visit(node: unknown, leaves: unknown[]): Structure {
  if (node === null) return nothing;
  if (node === undefined) return absent;
  if (Array.isArray(node)) {
    const children = node.map((child) => visit(child, leaves));
    return branch("array", [], children, `[${children.map((c) => c.key).join()}]`);
  }
  if (typeof node === "object" && isPlainObject(node)) {
    const keys = Object.keys(node).sort();
    const children = keys.map((k) => visit(node[k], leaves));
    const text = keys.map((k, i) => `${JSON.stringify(k)}:${children[i]?.key}`).join();
    return branch("object", keys, children, `{${text}}`);
  }
  leaves.push(node);
  return leaf;
}

const branch = (
  kind: "array" | "object",
  keys: readonly string[],
  children: readonly Structure[],
  key: string,
): Structure => ({
  kind,
  keys,
  children,
  leafCount: children.reduce((n, c) => n + c.leafCount, 0),
  key,
});

/** A tree taken apart. */
export interface Flattened<T> {
  /** In a fixed order: keys of objects sorted. */
  readonly leaves: T[];
  /** What {@link unflatten} puts leaves back into. */
  readonly structure: Structure;
}

/**
 * The leaves of a tree in a fixed order (object keys sorted) and the structure that puts them back.
 *
 * @example
 * flatten({ b: [2, 3], a: 1 }).leaves // [1, 2, 3]
 */
export function flatten<T>(tree: Tree<T>): Flattened<T> {
  const leaves: T[] = [];
  const structure = visit(tree, leaves);
  return { leaves, structure };
}

/**
 * The tree of a structure with new leaves.
 *
 * @throws ArgumentError when the number of leaves is not the structure's
 */
export function unflatten<T>(structure: Structure, leaves: readonly T[]): Tree<T> {
  if (leaves.length !== structure.leafCount) {
    throw new ArgumentError(
      `tree.unflatten: expected ${structure.leafCount} leaves for ${structure.key}; got ${leaves.length}`,
      { expected: structure.leafCount, actual: leaves.length },
    );
  }
  let at = 0;
  const build = (s: Structure): Tree<T> => {
    if (s.kind === "leaf") return leaves[at++] as T;
    if (s.kind === "null") return null;
    if (s.kind === "undefined") return undefined;
    if (s.kind === "array") return s.children.map(build);
    const entries = s.keys.map((k, i) => [k, build(s.children[i] as Structure)] as const);
    return Object.fromEntries(entries);
  };
  return build(structure);
}

/**
 * Applies a function to corresponding leaves of trees of one structure.
 *
 * The result has the type of the first tree, with what the function returns for leaves. If that type is an
 * interface, the function's parameters need their types written out.
 *
 * @throws ArgumentError when the structures differ
 * @example
 * map((x, y) => x + y, { a: 1, b: [2] }, { a: 10, b: [20] }) // { a: 11, b: [22] }
 */
export function map<T, R, S extends Tree<T>>(
  f: (leaf: T, ...rest: NoInfer<T>[]) => R,
  tree: S & Tree<T>,
  ...rest: Tree<T>[]
): NoInfer<MapTree<S, T, R>>;
export function map<T, R, S extends object>(
  f: (leaf: T, ...rest: NoInfer<T>[]) => R,
  tree: S & TreeOf<S, NoInfer<T>>,
  ...rest: (NoInfer<S> | Tree<NoInfer<T>>)[]
): NoInfer<MapTree<S, T, R>>;
export function map<T, R>(
  f: (leaf: T, ...rest: T[]) => R,
  tree: Tree<T>,
  ...rest: Tree<T>[]
): Tree<R> {
  const { leaves, structure } = flatten(tree);
  const others = rest.map((t) => {
    const other = flatten(t);
    if (other.structure.key !== structure.key) {
      throw new ArgumentError(
        `tree.map: expected trees of one structure; got ${structure.key} and ${other.structure.key}`,
        { structures: [structure.key, other.structure.key] },
      );
    }
    return other.leaves;
  });
  return unflatten(
    structure,
    leaves.map((x, i) => f(x, ...others.map((o) => o[i] as T))),
  );
}

/**
 * The leaves of a tree in the order of {@link flatten}.
 *
 * @example
 * leaves({ b: [2, 3], a: 1, c: null }) // [1, 2, 3]
 */
export const leaves = <S>(tree: S): Leaf<S>[] => flatten(tree as Tree<Leaf<S>>).leaves;

/**
 * Dotted path of every leaf, in the order of {@link flatten}.
 *
 * @example
 * names({ layers: [{ w: 1, b: 2 }] }) // ["layers.0.b", "layers.0.w"]
 */
export function names(tree: Tree<unknown>): string[] {
  const out: string[] = [];
  const walk = (s: Structure, path: string): void => {
    if (s.kind === "leaf") out.push(path);
    s.children.forEach((child, i) => {
      const step = s.kind === "object" ? (s.keys[i] as string) : String(i);
      walk(child, path === "" ? step : `${path}.${step}`);
    });
  };
  walk(flatten(tree).structure, "");
  return out;
}

/**
 * Applies a function to every leaf together with its dotted path; typed as {@link map}.
 *
 * @example
 * mapWithName((x, name) => `${name} = ${x}`, { a: [1, 2] }) // { a: ["a.0 = 1", "a.1 = 2"] }
 */
export function mapWithName<T, R, S extends Tree<T>>(
  f: (leaf: T, name: string) => R,
  tree: S & Tree<T>,
): NoInfer<MapTree<S, T, R>>;
export function mapWithName<T, R, S extends object>(
  f: (leaf: T, name: string) => R,
  tree: S & TreeOf<S, NoInfer<T>>,
): NoInfer<MapTree<S, T, R>>;
export function mapWithName<T, R>(f: (leaf: T, name: string) => R, tree: Tree<T>): Tree<R> {
  const { leaves: list, structure } = flatten(tree);
  const paths = names(tree as Tree<unknown>);
  return unflatten(
    structure,
    list.map((x, i) => f(x, paths[i] as string)),
  );
}

/**
 * Folds the leaves of a tree, in the order of {@link flatten}.
 *
 * @example
 * reduce((sum, x) => sum + x, { a: 1, b: [2, 3] }, 0) // 6
 */
export const reduce = <S, R>(f: (sum: R, leaf: NoInfer<Leaf<S>>) => R, tree: S, start: R): R =>
  leaves(tree).reduce(f, start);
