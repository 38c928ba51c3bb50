import { ArgumentError } from "../errors";
import type { Graph } from "../graph/graph";
import type { Aval } from "../internal/primitive";
import { isAtHand } from "../internal/read";
import { showStructure, tensorLeaves } from "../internal/regroup";
import { nextId } from "../internal/runtime";
import { bind } from "../internal/trace";
import { toTensor } from "../ops/promote";
import { cast } from "../primitives/elementwise";
import { sameShape, showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { traceTree } from "../transform/trace-tree";
import { unflatten } from "../tree";
import { type Branches, condPrimitive } from "./cond-primitive";

/** The graph with inputs that it ignores, before or after the first `skip`. */
const withExtra = (
  graph: Graph,
  before: readonly Tensor[],
  after: readonly Tensor[],
  own: number,
): Graph => {
  const dummy = ({ shape, dtype }: Tensor): Aval & { id: number } => ({
    id: nextId(),
    shape,
    dtype,
  });
  return {
    ...graph,
    inputs: [
      ...before.map(dummy),
      ...graph.inputs.slice(0, own),
      ...after.map(dummy),
      ...graph.inputs.slice(own),
    ],
  };
};

/**
 * One of two computations, by a condition that may be known only when the program runs.
 *
 * Where the condition is concrete the chosen function is simply called. Inside `jit` both are compiled and one
 * runs; under `vmap` with a condition that differs between examples both run and each example takes its own.
 *
 * @param condition - a scalar; true unless 0
 * @param onTrue - of the operands
 * @param onFalse - of the operands; its result has the structure, shapes and dtypes of onTrue's
 * @throws ArgumentError when the results differ in type or the condition is not a scalar
 * @example
 * jit((x: Tensor) => cond(x.greater(0), (y: Tensor) => y.sqrt(), (y: Tensor) => y, x))(tensor(9)) // 3
 */
export function cond<A extends unknown[], R>(
  condition: TensorLike,
  onTrue: (...operands: A) => R,
  onFalse: (...operands: A) => R,
  ...operands: A
): R {
  const predicate = cast(toTensor(condition), "bool");
  if (predicate.shape.length > 0) {
    throw new ArgumentError(
      `cond: expected a scalar condition; got shape ${showShape(predicate.shape)}; use where to choose element by element`,
      { shape: predicate.shape },
    );
  }
  if (isAtHand(predicate)) {
    return predicate.item() !== 0 ? onTrue(...operands) : onFalse(...operands);
  }
  const { leaves, structure } = tensorLeaves(operands);
  const yes = traceTree(onTrue, structure.children, leaves);
  const no = traceTree(onFalse, structure.children, leaves);
  const same =
    yes.result.key === no.result.key &&
    yes.graph.outputs.every((v, i) => {
      const w = no.graph.outputs[i] as Aval;
      return v.dtype === w.dtype && sameShape(v.shape, w.shape);
    });
  if (!same) {
    const show = (g: Graph): string =>
      g.outputs.map((v) => `${v.dtype} ${showShape(v.shape)}`).join(", ");
    throw new ArgumentError(
      `cond: expected both branches to return the same types; onTrue returns ${showStructure(yes.result)}: ${show(yes.graph)}; onFalse ${showStructure(no.result)}: ${show(no.graph)}`,
    );
  }
  const branches: Branches = [
    withExtra(yes.graph, [], no.captured, yes.captured.length),
    withExtra(no.graph, yes.captured, [], no.captured.length),
  ];
  const out = bind(condPrimitive, [predicate, ...yes.captured, ...no.captured, ...leaves], {
    branches,
  });
  return unflatten(yes.result, out) as R;
}
