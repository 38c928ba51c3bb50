import { ArgumentError, type Tensor } from "@x/tensor";
import type { ByLeaf } from "./types";

/** What the axes of a parameter stand for; layers of `@x/nn` tell it in their `dims`. */
export interface AxisRoles {
  /** Axes that count outputs. */
  readonly out?: number | readonly number[];
  /** Axes that count inputs, the spatial axes of a kernel among them. */
  readonly in?: number | readonly number[];
  /** Axes along which the parameter is a stack of independent matrices. */
  readonly batch?: number | readonly number[];
  /** Where the matrix stands in the network: Muon leaves embeddings and output layers to AdamW. */
  readonly role?: MatrixRole;
}

/** Where a matrix stands in a network. */
export type MatrixRole = "embedding" | "hidden" | "output";

/** Roles in a tree like the parameters; `{}` or `null` for what is no matrix. */
export type AxisRolesTree =
  | AxisRoles
  | null
  | undefined
  | readonly AxisRolesTree[]
  | { readonly [key: string]: AxisRolesTree };

/**
 * Roles of the axes as a function of the leaf, or in a tree like the parameters. Where there is none, axis 0 counts
 * outputs and all others inputs.
 */
export type MatrixDims = ByLeaf<AxisRoles | undefined> | AxisRolesTree;

/** How a parameter is read as a stack of matrices [batch, m, n]. */
export interface MatrixLayout {
  /** Number of matrices. */
  readonly batch: number;
  /** Outputs. */
  readonly m: number;
  /** Inputs. */
  readonly n: number;
  /** Axes in the order batch, out, in. */
  readonly order: readonly number[];
  /** Lengths in that order. */
  readonly shape: readonly number[];
}

const list = (axes: number | readonly number[] | undefined): readonly number[] =>
  axes === undefined ? [] : typeof axes === "number" ? [axes] : axes;

const product = (shape: readonly number[], axes: readonly number[]): number =>
  axes.reduce((size, axis) => size * (shape[axis] as number), 1);

/** What dims say of a leaf, or the usual layout. */
export function rolesOf(dims: MatrixDims, path: readonly string[], param: Tensor): AxisRoles {
  let found: unknown = dims;
  if (typeof dims === "function") found = (dims as ByLeaf<AxisRoles | undefined>)(path, param);
  else
    for (const key of path) {
      if (typeof found !== "object" || found === null) break;
      found = (found as Record<string, unknown>)[key];
    }
  if (found === null) return {};
  if (found !== undefined) return found as AxisRoles;
  if (param.rank === 0) return {};
  return { out: 0, in: Array.from({ length: param.rank - 1 }, (_, i) => i + 1) };
}

/** The axes of a parameter by role; the only axis of a vector counts outputs unless dims say otherwise. */
export function matrixAxes(
  path: readonly string[],
  param: Tensor,
  dims: MatrixDims,
): { readonly out: readonly number[]; readonly in: readonly number[] } {
  const roles = rolesOf(dims, path, param);
  const [out, inputs] = [list(roles.out), list(roles.in)];
  const vector = param.rank === 1 && out.length + inputs.length === 0;
  return { out: vector ? [0] : out, in: inputs };
}

/**
 * The matrix in a parameter; undefined for scalars, vectors and whatever has no outputs or no inputs.
 *
 * @throws ArgumentError when the roles do not name every axis once
 */
export function matrixLayout(
  caller: string,
  path: readonly string[],
  param: Tensor,
  dims: MatrixDims,
): MatrixLayout | undefined {
  const roles = rolesOf(dims, path, param);
  const [out, inputs, batch] = [list(roles.out), list(roles.in), list(roles.batch)];
  if (param.rank < 2 || out.length === 0 || inputs.length === 0) return undefined;
  const order = [...batch, ...out, ...inputs];
  if (order.length !== param.rank || !param.shape.every((_, axis) => order.includes(axis))) {
    throw new ArgumentError(
      `${caller}: expected dims that name every axis once; ${path.join(".")} has shape [${param.shape.join(", ")}], its dims are out [${out.join(", ")}], in [${inputs.join(", ")}], batch [${batch.join(", ")}]`,
      { path, shape: param.shape, roles },
    );
  }
  return {
    batch: product(param.shape, batch),
    m: product(param.shape, out),
    n: product(param.shape, inputs),
    order,
    shape: order.map((axis) => param.shape[axis] as number),
  };
}

const inOrder = (order: readonly number[]): boolean => order.every((axis, i) => axis === i);

/** A parameter as a stack of matrices [batch, m, n]. */
export const toMatrices = (x: Tensor, { order, batch, m, n }: MatrixLayout): Tensor =>
  (inOrder(order) ? x : x.transpose(order)).reshape([batch, m, n]);

/** The inverse of {@link toMatrices}. */
export function fromMatrices(x: Tensor, { order, shape }: MatrixLayout): Tensor {
  const y = x.reshape(shape);
  return inOrder(order) ? y : y.transpose(order.map((_, axis) => order.indexOf(axis)));
}
