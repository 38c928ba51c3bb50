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
  /** Group and method; empty where the transformation does not say. */
  readonly method: string;
}

/** What {@link describe} finds out. */
export interface OptimizerDescription {
  readonly leaves: readonly LeafDescription[];
  /** Number of trained numbers. */
  readonly parameters: number;
  /** Bytes of the state before the first step. */
  readonly stateBytes: number;
  /** All of it as a table. */
  toString(): string;
}

/**
 * What a transformation will do with each parameter, and what its state costs.
 *
 * @param transformation - any
 * @param params - to be trained
 * @returns a row for each leaf, the number of parameters and the bytes of the state; as text, a table
 * @throws ArgumentError when the tree has no tensors
 * @example
 * describe(partition(labels, { muon: …, adam: … }), params).leaves // who goes where
 * String(describe(chain(clipByGlobalNorm(1), adamw(1e-3)), params)) // the same as a table
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
  const found = {
    leaves: leaves.map(({ size: _, ...rest }) => rest),
    parameters: leaves.reduce((n, { size }) => n + size, 0),
    stateBytes: state.reduce((n, x) => n + bytesOf(x), 0),
  };
  return Object.defineProperty(found, "toString", { value: () => table(found) });
}

function table({ leaves, parameters, stateBytes }: Omit<OptimizerDescription, "toString">): string {
  const lines = [
    ["parameter", "shape", "dtype", "method"],
    ...leaves.map((l) => [l.path, `[${l.shape.join(", ")}]`, l.dtype, l.method]),
  ];
  const widths = [0, 1, 2, 3].map((i) => Math.max(...lines.map((l) => (l[i] as string).length)));
  const rows = lines.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join("  ")
      .trimEnd(),
  );
  return [...rows, `${parameters} parameters, ${stateBytes} bytes of state`].join("\n");
}
