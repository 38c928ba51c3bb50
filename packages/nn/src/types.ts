import type { Tensor } from "@x/tensor";

/** Dtypes that parameters can have. */
export type FloatDType = "f32" | "f64";

/** Options of every `init`. */
export interface InitOptions {
  /** Dtype of the parameters and of the state; default "f32". */
  readonly dtype?: FloatDType;
}

/**
 * What the axes of one parameter stand for, so that optimisers need not guess the layout of a weight.
 *
 * A linear map and a convolution kernel have `out: 0` and `in: [1, …]`, a transposed convolution kernel `in: 0` and
 * `out: [1, …]`; for a matrix method they are the matrix [Π out, Π in]. Vectors and scalars have neither: `{}`.
 */
export interface AxisRoles {
  /** Axes that count outputs. */
  readonly out?: number | readonly number[];
  /** Axes that count inputs, the kernel's spatial axes among them. */
  readonly in?: number | readonly number[];
  /** Where the matrix stands in the network, where that is known: tables and last layers are no hidden matrices. */
  readonly role?: "embedding" | "hidden" | "output";
}

/** {@link AxisRoles} for every tensor of a tree of parameters, in the same places; `null` stays `null`. */
export type Dims<P> = P extends Tensor
  ? AxisRoles
  : P extends null | undefined
    ? P
    : { readonly [K in keyof P]: Dims<P[K]> };

/**
 * A layer without state: parameters come in as an argument, nothing is kept.
 *
 * `P` is a tree of tensors whose dotted names are the keys of a PyTorch state dict; a parameter that is left out is
 * `null`. `O` are the options of a call.
 */
export interface Layer<P, O = object> {
  /** New parameters; the same key gives the same ones. */
  init(key: Tensor, options?: InitOptions): P;
  /** The layer's output. */
  apply(params: P, x: Tensor, options?: O): Tensor;
  /** Roles of the parameters' axes. */
  readonly dims: Dims<P>;
}

/** Options of a call that a network hands to its layers, such as dropout. */
export interface NetworkOptions {
  /** Drop units; default false, which must be said where there is a key and dropout. */
  readonly train?: boolean | undefined;
  /** Chooses the units; needed in training with dropout. */
  readonly key?: Tensor | undefined;
}

/** What a layer does with its state. */
export interface StatefulOptions {
  /** Use the statistics of this batch and return new state (true), or use the state and return it unchanged. */
  readonly train: boolean;
}

/** A layer with state, such as running statistics of batches: state goes in and comes out, nothing is changed. */
export interface StatefulLayer<P, S, O = object> {
  /** New parameters and the state before the first batch. */
  init(key: Tensor, options?: InitOptions): { params: P; state: S };
  /** The layer's output and the state after it. */
  apply(params: P, state: S, x: Tensor, options: StatefulOptions & O): [Tensor, S];
  /** Roles of the parameters' axes. */
  readonly dims: Dims<P>;
}
