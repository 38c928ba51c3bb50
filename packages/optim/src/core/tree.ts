import { ArgumentError, isTensor, ShapeError, type Tensor } from "@x/tensor";

/** A leaf and where it stands. */
export interface Entry {
  readonly path: readonly string[];
  readonly leaf: Tensor;
}

/** Text that is equal for equal paths alone; dots in keys make dotted paths ambiguous. */
export const keyOf = (path: readonly string[]): string => path.join("\u0000");

/** The dotted path of a key. */
export const dotted = (key: string): string => key.replaceAll("\u0000", ".");

const name = (path: readonly string[]): string => (path.length === 0 ? "the root" : path.join("."));

const isRecord = (x: unknown): x is Record<string, unknown> =>
  typeof x === "object" && x !== null && !Array.isArray(x) && !isTensor(x);

const kindOf = (x: unknown): string => {
  if (isTensor(x)) return `a tensor [${x.shape.join(", ")}]`;
  if (Array.isArray(x)) return `an array of ${x.length}`;
  if (x === null || x === undefined) return String(x);
  if (isRecord(x)) return `an object of ${Object.keys(x).sort().join(", ") || "nothing"}`;
  return `a ${typeof x}`;
};

/** Children of a branch by key, in a fixed order; undefined for anything else. */
function childrenOf(x: unknown): (readonly [string, unknown])[] | undefined {
  if (Array.isArray(x)) return x.map((child, i) => [String(i), child] as const);
  if (!isRecord(x)) return undefined;
  const prototype = Object.getPrototypeOf(x) as unknown;
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  return Object.keys(x)
    .sort()
    .map((k) => [k, x[k]] as const);
}

/**
 * All leaves of a tree with their paths, object keys sorted.
 *
 * @param caller - named in the error
 * @throws ArgumentError where something other than a tensor, `null`, an array or a plain object stands
 */
export function entriesOf(caller: string, tree: unknown): Entry[] {
  const out: Entry[] = [];
  const walk = (node: unknown, path: readonly string[]): void => {
    if (node === null || node === undefined) return;
    if (isTensor(node)) {
      out.push({ path, leaf: node });
      return;
    }
    const children = childrenOf(node);
    if (children === undefined) {
      throw new ArgumentError(
        `${caller}: expected trees of tensors; ${name(path)} is ${kindOf(node)}; make it a tensor`,
        { path },
      );
    }
    for (const [key, child] of children) walk(child, [...path, key]);
  };
  walk(tree, []);
  return out;
}

/** What {@link zipTrees} does at the ends of its first tree. */
export interface ZipRule {
  /** New leaves, one per resulting tree, from the leaf of each tree (undefined where a tree was not given). */
  leaf(leaves: readonly (Tensor | undefined)[], path: readonly string[]): readonly unknown[];
  /** What stands in the resulting trees where the first tree has `null`, from the other trees' parts. */
  absent(others: readonly unknown[]): readonly unknown[];
}

/**
 * Walks several trees of one structure and builds several new ones.
 *
 * The first tree leads: where it has `null`, the parts of the others are handed over whole.
 *
 * @param caller - named in errors
 * @param trees - by name; a tree that is undefined at the root was not given, and trees whose name begins with
 *   `state.` may have `null` where others have a leaf
 * @param count - number of resulting trees
 * @throws ArgumentError when structures differ, naming the path
 */
export function zipTrees(
  caller: string,
  trees: Readonly<Record<string, unknown>>,
  count: number,
  rule: ZipRule,
): unknown[] {
  const names = Object.keys(trees);
  const given = names.map((n) => trees[n] !== undefined);
  const refuse = (nodes: readonly unknown[], i: number, path: readonly string[]): never => {
    throw new ArgumentError(
      `${caller}: expected ${names[i]} in the structure of ${names[0]}; at ${name(path)} ${names[0]} has ${kindOf(nodes[0])}, ${names[i]} has ${kindOf(nodes[i])}`,
      { path },
    );
  };
  const walk = (nodes: readonly unknown[], path: readonly string[]): readonly unknown[] => {
    const [first, ...others] = nodes;
    if (first === null || first === undefined) return rule.absent(others);
    if (isTensor(first)) {
      nodes.forEach((node, i) => {
        const unused = node === null && names[i]?.startsWith("state.");
        if (given[i] && !isTensor(node) && !unused) refuse(nodes, i, path);
      });
      return rule.leaf(
        nodes.map((node) => (isTensor(node) ? node : undefined)),
        path,
      );
    }
    const lists = nodes.map((node, i) => (given[i] ? childrenOf(node) : undefined));
    const keys = lists[0]?.map(([key]) => key);
    if (keys === undefined) entriesOf(caller, first);
    lists.forEach((list, i) => {
      if (!given[i]) return;
      if (list?.length !== keys?.length || list?.some(([key], k) => key !== keys?.[k])) {
        refuse(nodes, i, path);
      }
    });
    const built = (keys as string[]).map((key, k) =>
      walk(
        lists.map((list) => list?.[k]?.[1]),
        [...path, key],
      ),
    );
    return Array.from({ length: count }, (_, which) =>
      Array.isArray(first)
        ? built.map((b) => b[which])
        : Object.fromEntries(built.map((b, k) => [(keys as string[])[k], b[which]])),
    );
  };
  return [...walk(Object.values(trees), [])];
}

/**
 * A tree of the same structure with other tensors; `null` stays.
 *
 * @example
 * mapLeaves("freeze", params, (x) => zerosLike(x))
 */
export const mapLeaves = <P>(
  caller: string,
  tree: P,
  f: (leaf: Tensor, path: readonly string[]) => Tensor | null,
): P =>
  zipTrees(caller, { tree }, 1, {
    leaf: ([x], path) => [f(x as Tensor, path)],
    absent: () => [null],
  })[0] as P;

/** Combines two trees leaf by leaf; `null` in the first stays `null`. */
export const mapPairs = <P>(
  caller: string,
  trees: { readonly [name: string]: P },
  f: (first: Tensor, second: Tensor, path: readonly string[]) => Tensor,
): P =>
  zipTrees(caller, trees, 1, {
    leaf: ([x, y], path) => [f(x as Tensor, y as Tensor, path)],
    absent: () => [null],
  })[0] as P;

/**
 * Checks that gradients fit parameters.
 *
 * @throws ArgumentError for other structures and integer leaves, ShapeError for other shapes; both name the path
 */
export function checkLeaf(
  caller: string,
  path: readonly string[],
  grad: Tensor,
  param: Tensor | undefined,
): void {
  if (grad.dtype !== "f32" && grad.dtype !== "f64") {
    throw new ArgumentError(
      `${caller}: expected gradients of dtype f32 or f64; ${name(path)} is ${grad.dtype}; cast it, or leave it out by null or freeze`,
      { path, dtype: grad.dtype },
    );
  }
  if (param === undefined) return;
  if (param.shape.length !== grad.shape.length || param.shape.some((n, i) => n !== grad.shape[i])) {
    throw new ShapeError(
      `${caller}: expected gradients in the shapes of the parameters; at ${name(path)} the gradient is [${grad.shape.join(", ")}], the parameter [${param.shape.join(", ")}]`,
      { path, grad: grad.shape, param: param.shape },
    );
  }
}

/**
 * The leaves of parameters that an optimiser is to train.
 *
 * @throws ArgumentError when there are none, or one has an integer dtype
 */
export function parameterEntries(caller: string, params: unknown): Entry[] {
  const entries = entriesOf(caller, params);
  if (entries.length === 0) {
    throw new ArgumentError(`${caller}: expected a tree with at least one tensor; it has none`);
  }
  for (const { path, leaf } of entries) {
    if (leaf.dtype !== "f32" && leaf.dtype !== "f64") {
      throw new ArgumentError(
        `${caller}: expected parameters of dtype f32 or f64; ${name(path)} is ${leaf.dtype}; cast it, or leave it out by freeze`,
        { path, dtype: leaf.dtype },
      );
    }
  }
  return entries;
}
