import { ArgumentError, ShapeError, type Tensor, type TensorLike } from "@x/tensor";
import { asFloat, showShape } from "../internal/as-tensor";

/** What becomes of the losses of single elements. */
export type Reduction = "none" | "mean" | "sum";

/** Options that every loss takes. */
export interface LossOptions {
  /** "mean" (default) over all losses, "sum", or "none" for a tensor of them. */
  readonly reduction?: Reduction | undefined;
}

/**
 * Losses put together; a mean is weighted where weights are given.
 *
 * @throws ArgumentError for another reduction
 */
export function reduce(
  operation: string,
  losses: Tensor,
  { reduction = "mean" }: LossOptions,
  weights?: Tensor,
): Tensor {
  if (reduction === "none") return losses;
  if (reduction === "sum") return losses.sum();
  if (reduction === "mean") return weights ? losses.sum().div(weights.sum()) : losses.mean();
  throw new ArgumentError(
    `${operation}: expected reduction "none", "mean" or "sum"; got ${String(reduction)}`,
    { reduction },
  );
}

/**
 * Two operands as floats of one shape: losses do not broadcast, as [n] against [n, 1] is a silent mistake.
 *
 * @throws ShapeError when the shapes differ
 */
export function pair(operation: string, x: TensorLike, y: TensorLike): [Tensor, Tensor] {
  const [a, b] = [asFloat(x), asFloat(y)];
  if (a.shape.length === b.shape.length && a.shape.every((d, i) => d === b.shape[i])) return [a, b];
  throw new ShapeError(
    `${operation}: expected operands of one shape; got ${showShape(a.shape)} and ${showShape(b.shape)}; reshape or broadcast one of them`,
    { operation, shapes: [a.shape, b.shape] },
  );
}

/** @throws ArgumentError unless a number satisfies a condition that is put into words */
export function checkNumber(
  operation: string,
  name: string,
  value: number,
  expected: string,
  holds: boolean,
): number {
  if (holds) return value;
  throw new ArgumentError(`${operation}: expected ${name} ${expected}; got ${String(value)}`, {
    [name]: value,
  });
}
