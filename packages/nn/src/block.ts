import { ArgumentError, type Tensor, tree } from "@x/tensor";
import { checkStateful, checkTensor } from "./internal/check";
import { dimsOfParts, initParts } from "./internal/init-parts";
import { Run } from "./internal/run-parts";
import type { Layer, NetworkOptions, StatefulLayer, StatefulOptions } from "./types";

/** What a network is made of: a layer, or named or numbered parts; null where there is none. */
export type Part =
  | Layer<unknown, unknown>
  | StatefulLayer<unknown, unknown, unknown>
  | null
  | readonly Part[]
  | { readonly [name: string]: Part };

/** {@link Part} without state. */
export type StatelessPart =
  | Layer<unknown, unknown>
  | null
  | readonly StatelessPart[]
  | { readonly [name: string]: StatelessPart };

/** What `init` of a layer returns. Asked alone, as inference from a whole layer mixes parameters with their roles. */
type Made<T> = T extends { init(key: Tensor): infer R } ? R : never;

/** The parameters of a part: of a layer its own, otherwise a tree of the same names; unknown for just any part. */
export type ParamsOf<T> = [StatelessPart] extends [T]
  ? unknown
  : T extends null
    ? null
    : T extends Layer<unknown, unknown>
      ? Made<T>
      : T extends StatefulLayer<unknown, unknown, unknown>
        ? Made<T>["params"]
        : { readonly [K in keyof T]: ParamsOf<T[K]> };

/** The options of a layer's call. */
export type OptionsOf<T> =
  T extends Layer<unknown, infer O>
    ? O
    : T extends StatefulLayer<unknown, unknown, infer O>
      ? O
      : never;

/** The state of a part; parts without state are left out, in lists they are null. */
export type StateOf<T> = [Part] extends [T]
  ? unknown
  : T extends null
    ? null
    : T extends Layer<unknown, unknown>
      ? null
      : T extends StatefulLayer<unknown, unknown, unknown>
        ? Made<T>["state"]
        : T extends readonly (infer E)[]
          ? readonly StateOf<E>[]
          : { readonly [K in keyof T as StateOf<T[K]> extends null ? never : K]: StateOf<T[K]> };

/** A layer with its parameters put in. */
export interface Call<P, O> {
  (x: Tensor, options?: O): Tensor;
  /** The layer's parameters, for weights that are used twice. */
  readonly params: P;
}

/** Parts as functions of their input. */
export type Calls<T> = [StatelessPart] extends [T]
  ? unknown
  : T extends null
    ? null
    : T extends Layer<unknown, unknown>
      ? Call<Made<T>, OptionsOf<T>>
      : T extends StatefulLayer<unknown, unknown, unknown>
        ? Call<Made<T>["params"], OptionsOf<T>>
        : { readonly [K in keyof T]: Calls<T[K]> };

/** What a layer did, as a network tells `summary`. */
export interface Observation {
  /** Dotted name within the network. */
  readonly name: string;
  readonly layer: Layer<unknown, unknown> | StatefulLayer<unknown, unknown, unknown>;
  readonly params: unknown;
  readonly input: Tensor;
  readonly output: Tensor;
  readonly options: unknown;
  /** Multiply-adds of a network's own products; the rest of an observation is then about the network. */
  readonly own?: number | undefined;
}

/** Options that every network takes beside its own. */
export interface ObserveOptions {
  /** Called for each layer that is applied, in order. */
  readonly observe?: ((observation: Observation) => void) | undefined;
}

/** What a network tells of itself beside its layers. */
export interface BlockCosts {
  /** Multiply-adds of products that are not in a layer, such as attention's. */
  readonly multiplyAdds?: ((input: Tensor, output: Tensor) => number) | undefined;
}

/** A layer that is made of parts. */
export interface Block<T extends Part, P, O = object>
  extends Layer<P, O & NetworkOptions & ObserveOptions>,
    BlockCosts {
  readonly parts: T;
}

/** A layer with state that is made of parts. */
export interface StatefulBlock<T extends Part, P, S, O = object>
  extends StatefulLayer<P, S, O & Pick<NetworkOptions, "key"> & ObserveOptions> {
  readonly parts: T;
}

/**
 * Makes one layer of several: parameters get the names of the parts, the function says how data flow.
 *
 * `train` and `key` of a call reach every layer by themselves, such as dropout, with another key for each use of a layer;
 * what the function passes to a layer goes first. Without `train` nothing is dropped, and dropout refuses a key. Errors
 * of shapes and arguments begin with the name of the part they come from.
 *
 * @param parts - layers, named or numbered, nested; a single layer lends its own names. null for none
 * @param forward - (use, x, options) → y, where `use` has a function (x, options?) → y in the place of each layer, with
 *   the parameters as its property `params`
 * @param costs - what `summary` is to count beside the layers
 * @returns a layer whose `init` gives each part a key of its own
 * @throws ArgumentError from `init` when a part has state, from `apply` when the parameters are not its own or x no tensor
 * @example
 * const net = block({ fc1: linear(2, 8), fc2: linear(8, 1) }, (use, x) => use.fc2(use.fc1(x).relu()));
 * net.apply(net.init(random.key(0)), ones([5, 2])).shape // [5, 1]
 */
export function block<const T extends StatelessPart, O = object>(
  parts: T,
  forward: (use: Calls<T>, x: Tensor, options: Partial<O> & NetworkOptions) => Tensor,
  costs: BlockCosts = {},
): Block<T, ParamsOf<T>, O> {
  const made = { ...plain(parts, forward as unknown as Forward), ...costs };
  return made as unknown as Block<T, ParamsOf<T>, O>;
}

/**
 * {@link block} for parts with state, such as batch normalisation.
 *
 * The function applies layers with state like all others; their new states come out beside the result. A layer that
 * is used twice sees the state that its first use left. `train` and `key` reach the layers as in {@link block}.
 *
 * @param parts - layers with and without state
 * @param forward - (use, x, options) → y; as of {@link block}
 * @throws ArgumentError from `apply` when the state is missing or `train` is not true or false, and as {@link block}
 * @example
 * const net = statefulBlock({ conv: conv2d(1, 4, 3), norm: batchNorm(4) }, (use, x) => use.norm(use.conv(x)).relu());
 * const { params, state } = net.init(random.key(0));
 * const [y, next] = net.apply(params, state, ones([2, 1, 8, 8]), { train: true });
 */
export function statefulBlock<const T extends Part, O = object>(
  parts: T,
  forward: (
    use: Calls<T>,
    x: Tensor,
    options: StatefulOptions & Pick<NetworkOptions, "key"> & Partial<O>,
  ) => Tensor,
): StatefulBlock<T, ParamsOf<T>, StateOf<T>, O> {
  return stateful(parts, forward as unknown as Forward) as unknown as StatefulBlock<
    T,
    ParamsOf<T>,
    StateOf<T>,
    O
  >;
}

// The recursive types above stop here: followed through a generic body, they have no end.
type Forward = (use: unknown, x: Tensor, options: unknown) => Tensor;

const plain = (parts: Part, forward: Forward): Block<Part, unknown> => ({
  parts,
  dims: dimsOfParts(parts) as object,
  init: (key, options = {}) => {
    const { params, state } = initParts(parts, key, options);
    if (state === null) return params;
    throw new ArgumentError(
      `block: expected parts without state; got ${namesOf(state)}; use statefulBlock`,
    );
  },
  apply: (params, x, options) => {
    checkTensor("block", x);
    const run = new Run(options ?? {});
    return forward(run.calls(parts, params, null, ""), x, options ?? {});
  },
});

const stateful = (parts: Part, forward: Forward): StatefulBlock<Part, unknown, unknown> => ({
  parts,
  dims: dimsOfParts(parts) as object,
  init: (key, options = {}) => initParts(parts, key, options),
  apply: (params, state, x, options) => {
    // Parts without state have null, which is theirs to refuse.
    checkStateful("statefulBlock", state ?? {}, options);
    checkTensor("statefulBlock", x);
    const run = new Run(options);
    const y = forward(run.calls(parts, params, state, ""), x, options);
    return [y, run.nextState(parts, state, "")];
  },
});

/** Dotted names of the tensors of a state, as many as fit into a sentence. */
const namesOf = (state: unknown): string => {
  const names = tree.names(state as tree.Tree<Tensor>);
  return names.slice(0, 3).join(", ") + (names.length > 3 ? ", …" : "");
};
