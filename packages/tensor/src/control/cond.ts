import { ArgumentError } from "../errors";
import type { Var } from "../graph/graph";
import { isAtHand } from "../internal/read";
import { showStructure, tensorLeaves } from "../internal/regroup";
import { bind } from "../internal/trace";
import { showShape } from "../shape";
import type { TensorLike } from "../tensor";
import { type TracedTree, traceTree } from "../transform/trace-tree";
import { unflatten } from "../tree";
import { type Branches, condPrimitive } from "./cond-primitive";
import { scalarCondition } from "./scalar-condition";

interface Branch extends TracedTree {
  /** Types of the results. */
  readonly types: string;
  /** Inputs for what it closes over, and for the operands. */
  readonly free: readonly Var[];
  readonly bound: readonly Var[];
}

/**
 * One of two computations, by a condition that may be known only when the program runs.
 *
 * Where the condition is concrete the chosen function is simply called. Inside `jit` both are compiled and one
 * runs, with all that a function does to values it closes over; under `vmap` with a condition that differs between
 * examples both run and each example takes its own.
 *
 * @param condition - a scalar; true unless 0
 * @param onTrue - of the operands
 * @param onFalse - of the operands; its result has the structure, shapes and dtypes of onTrue's
 * @throws ArgumentError when the results differ in type; ShapeError when the condition is not a scalar
 * @example
 * jit((x: Tensor) => cond(x.greater(0), (y: Tensor) => y.sqrt(), (y: Tensor) => y, x))(tensor(9)) // 3
 */
export function cond<A extends unknown[], R>(
  condition: TensorLike,
  onTrue: (...operands: A) => R,
  onFalse: (...operands: A) => R,
  ...operands: A
): R {
  const predicate = scalarCondition("cond", condition, "use where to choose element by element");
  if (isAtHand(predicate)) {
    return predicate.item() !== 0 ? onTrue(...operands) : onFalse(...operands);
  }
  const { leaves, structure } = tensorLeaves(operands);
  const [yes, no] = [onTrue, onFalse].map((branch) => {
    const traced = traceTree(branch, structure.children, leaves, true);
    const { graph, captured } = traced;
    return {
      ...traced,
      types: graph.outputs.map((v) => `${v.dtype} ${showShape(v.shape)}`).join(", "),
      free: graph.inputs.slice(0, captured.length),
      bound: graph.inputs.slice(captured.length),
    };
  }) as unknown as readonly [Branch, Branch];
  if (yes.result.key !== no.result.key || yes.types !== no.types) {
    throw new ArgumentError(
      `cond: expected both branches to return the same types; onTrue returns ${showStructure(yes.result)}: ${yes.types}; onFalse ${showStructure(no.result)}: ${no.types}`,
    );
  }
  // Each takes what either closes over: the other's inputs stand for those that it ignores.
  const branches = [yes, no].map(({ graph, bound }) => ({
    ...graph,
    inputs: [...yes.free, ...no.free, ...bound],
  })) as unknown as Branches;
  const out = bind(condPrimitive, [predicate, ...yes.captured, ...no.captured, ...leaves], {
    branches,
  });
  return unflatten(yes.result, out) as R;
}
