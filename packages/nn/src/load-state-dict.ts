import { ArgumentError, isTensor, type Tensor } from "@x/tensor";
import { flattenNames, readSafetensors, unflattenNames } from "@x/tensor/io";
import { showShape } from "./internal/as-tensor";
import { nearest } from "./internal/nearest";

/** Options of {@link loadStateDict}. */
export interface LoadOptions {
  /** Refuse tensors that the tree has no place for; default true. Missing ones are always refused unless false. */
  readonly strict?: boolean | undefined;
  /** The tree's name of a tensor in the file; null leaves it out. Default: names are the same. */
  readonly rename?: ((name: string) => string | null) | undefined;
  /** Whether a matrix, by its name in the tree, comes as its transpose; default none. */
  readonly transpose?: ((name: string) => boolean) | undefined;
}

type Named = Readonly<Record<string, Tensor>>;

/**
 * Puts tensors with names, such as a PyTorch state dict, into the places of a tree of the same names.
 *
 * Values take the dtype that the tree has. All that does not fit is told in one error: names that are missing,
 * unexpected (with the nearest names) or of another shape.
 *
 * @param like - parameters of the network, as from `init`; their values are not used, but with `strict: false` they stay
 *   where there is no tensor
 * @param tensors - tensors by name, or the bytes of a safetensors file
 * @param options.strict - default true; false ignores names that are missing or unexpected, but never other shapes
 * @param options.rename - from a name in the file to one of the tree, or null
 * @param options.transpose - for layouts [in, out], such as GPT-2's
 * @returns a tree like the first, with the tensors' values
 * @throws ArgumentError listing what does not fit
 * @example
 * loadStateDict({ weight: zeros([2]) }, { weight: ones([2]) }).weight // [1, 1]
 */
export function loadStateDict<P>(
  like: P,
  tensors: Named | Uint8Array,
  options: LoadOptions = {},
): P {
  const wanted = flattenNames(like) as Record<string, Tensor>;
  return unflattenNames(match(wanted, named(tensors, options), options), like) as P;
}

/**
 * {@link loadStateDict} for networks with state: parameters and running statistics come from one file.
 *
 * @param like - what `init` returned
 * @returns parameters and state
 * @throws ArgumentError listing what does not fit
 * @example
 * const { params, state } = loadVariables(batchNorm(2).init(random.key(0)), bytes);
 */
export function loadVariables<P, S>(
  like: { readonly params: P; readonly state: S },
  tensors: Named | Uint8Array,
  options: LoadOptions = {},
): { params: P; state: S } {
  const [params, state] = [flattenNames(like.params), flattenNames(like.state)];
  const wanted = { ...params, ...state } as Record<string, Tensor>;
  const values = match(wanted, named(tensors, options), options);
  const only = (names: object): Record<string, Tensor> =>
    Object.fromEntries(Object.keys(names).map((name) => [name, values[name] as Tensor]));
  return {
    params: unflattenNames(only(params), like.params) as P,
    state: unflattenNames(only(state), like.state) as S,
  };
}

function named(source: Named | Uint8Array, { rename }: LoadOptions): Map<string, Tensor> {
  const tensors = source instanceof Uint8Array ? readSafetensors(source).tensors : source;
  const result = new Map<string, Tensor>();
  for (const [name, value] of Object.entries(tensors)) {
    const own = rename === undefined ? name : rename(name);
    if (own === null) continue;
    if (result.has(own) || !isTensor(value)) {
      const text = isTensor(value) ? "two tensors" : typeof value;
      throw new ArgumentError(
        `loadStateDict: expected one tensor for each name; got ${text} for ${own}`,
        { name: own },
      );
    }
    result.set(own, value);
  }
  return result;
}

function match(
  wanted: Readonly<Record<string, Tensor>>,
  came: ReadonlyMap<string, Tensor>,
  { strict = true, transpose = () => false }: LoadOptions,
): Record<string, Tensor> {
  const names = Object.keys(wanted);
  const missing = names.filter((name) => !came.has(name));
  const unexpected = [...came.keys()].filter((name) => !(name in wanted));
  const result: Record<string, Tensor> = Object.create(null);
  const wrong: string[] = [];
  for (const [name, place] of Object.entries(wanted)) {
    const value = came.get(name);
    const oriented = value !== undefined && transpose(name) ? value.T : value;
    if (oriented !== undefined && showShape(oriented.shape) !== showShape(place.shape)) {
      wrong.push(`${name} is ${showShape(oriented.shape)}, the tree has ${showShape(place.shape)}`);
    }
    result[name] = oriented === undefined ? place : oriented.cast(place.dtype);
  }
  if (wrong.length === 0 && (!strict || missing.length + unexpected.length === 0)) return result;
  const hint = (name: string, among: readonly string[]): string => {
    const other = nearest(name, among);
    return other === undefined ? name : `${name} (nearest: ${other})`;
  };
  const lines = [
    ...(strict
      ? list(
          "missing",
          missing.map((name) => hint(name, unexpected)),
        )
      : []),
    ...(strict
      ? list(
          "unexpected",
          unexpected.map((name) => hint(name, names)),
        )
      : []),
    ...list("of another shape", wrong),
  ];
  throw new ArgumentError(
    `loadStateDict: expected the ${names.length} tensors of the tree; ${lines.join("; ")}; use rename, transpose or strict: false`,
    { missing, unexpected, wrong },
  );
}

const most = 8;

const list = (what: string, items: readonly string[]): string[] => {
  if (items.length === 0) return [];
  const more = items.length > most ? ` and ${items.length - most} more` : "";
  return [`${what}: ${items.slice(0, most).join(", ")}${more}`];
};
