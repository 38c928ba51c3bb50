import { ArgumentError, ShapeError } from "../errors";
import type { Aval } from "../internal/primitive";
import { showStructure, type TensorLeaves } from "../internal/regroup";
import { sameShape, showShape } from "../shape";
import { names, type Structure, type Tree } from "../tree";

/**
 * Refuses a loop whose body changes the type of its state.
 *
 * @param init - the first state, for the names of its leaves
 */
export function checkCarry(
  operation: string,
  { leaves, structure }: TensorLeaves,
  next: Structure,
  outputs: readonly Aval[],
  init: unknown,
): void {
  if (structure.key !== next.key) {
    throw new ArgumentError(
      `${operation}: expected the carry to keep its structure ${showStructure(structure)}; the body returns ${showStructure(next)}`,
      { operation },
    );
  }
  leaves.forEach((x, i) => {
    const y = outputs[i] as Aval;
    if (sameShape(x.shape, y.shape) && x.dtype === y.dtype) return;
    const name = names(init as Tree<unknown>)[i];
    throw new ShapeError(
      `${operation}: expected the carry${name ? ` ${name}` : ""} to stay ${x.dtype} ${showShape(x.shape)}; the body returns ${y.dtype} ${showShape(y.shape)}; cast or reshape it`,
      { operation, before: x.shape, after: y.shape },
    );
  });
}
