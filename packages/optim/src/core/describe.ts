import { type DType, type Tensor, tree } from "@x/tensor";
import type { GradientTransformation } from "../types";
import { bytesOf } from "./bytes-of";
import { parameterEntries } from "./tree";

/** One parameter, and what an optimiser does with it. */
export interface LeafDescription {
  /** Dotted path. */
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Group and method, where the transformation says them. */
  readonly method: string;
}

/** What {@link describe} finds out. */
export interface OptimizerDescription {
  readonly leaves: readonly LeafDescription[];
  /** Number of trained numbers. */
  readonly parameters: number;
  /** Bytes of the state, without steps taken. */
  readonly stateBytes: number;
}

/**
 * What a transformation will do with each parameter, and what its state costs.
 *
 * @param transformation - any
 * @param params - to be trained
 * @returns a row for each leaf, the number of parameters and the bytes of the state
 * @throws ArgumentError when the tree has no tensors
 * @example
 * describe(partition(labels, { muon: …, adam: … }), params).leaves // who goes where
 */
export function describe(
  transformation: GradientTransformation,
  params: unknown,
): OptimizerDescription {
  const methods = transformation.describe?.(params) ?? {};
  const leaves = parameterEntries("describe", params).map(({ path, leaf }) => ({
    path: path.join("."),
    shape: leaf.shape,
    dtype: leaf.dtype,
    method: methods[path.join(".")] ?? "",
    size: leaf.size,
  }));
  const state = tree.leaves(transformation.init(params) as never) as Tensor[];
  return {
    leaves: leaves.map(({ size: _, ...rest }) => rest),
    parameters: leaves.reduce((n, { size }) => n + size, 0),
    stateBytes: state.reduce((n, x) => n + bytesOf(x), 0),
  };
}
