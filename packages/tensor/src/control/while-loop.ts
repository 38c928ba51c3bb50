import { isAtHand } from "../internal/read";
import { type TensorsLike, type TensorsOf, tensorLeaves } from "../internal/regroup";
import { sharedRuntime } from "../internal/runtime";
import { bind } from "../internal/trace";
import type { Tensor } from "../tensor";
import { traceTree } from "../transform/trace-tree";
import { unflatten } from "../tree";
import { checkCarry } from "./check-carry";
import { scalarCondition } from "./scalar-condition";
import { whilePrimitive } from "./while-primitive";

/**
 * Repeats a step for as long as a condition holds.
 *
 * Inside `jit` it compiles to one loop. It can be differentiated in forward mode; in reverse mode only outside of
 * `jit`, where the steps are simply carried out and recorded. Use `scan` where the number of steps is known.
 *
 * @param condition - carry → scalar, true (not 0) to go on
 * @param body - carry → next carry of the same structure, shapes and dtypes
 * @param init - first carry; numbers in it become tensors
 * @returns the carry for which the condition fails
 * @throws ShapeError when the carry changes its type, TraceError in reverse mode inside jit
 * @example
 * whileLoop((x) => x.less(100), (x) => x.mul(2), 1).item() // 128
 */
export function whileLoop<const C>(
  condition: (carry: TensorsOf<C>) => Tensor | boolean | number,
  body: (carry: TensorsOf<C>) => NoInfer<TensorsLike<C>>,
  init: C,
): TensorsOf<C> {
  const start = tensorLeaves(init);
  const { leaves, structure } = start;
  const test = (carry: TensorsOf<C>): Tensor =>
    scalarCondition("whileLoop", condition(carry), "reduce it with any() or all()");
  if (sharedRuntime().tracing === 0) {
    let carry = unflatten(structure, leaves) as TensorsOf<C>;
    let going = test(carry);
    if (isAtHand(going)) {
      for (; going.item() !== 0; going = test(carry)) {
        const next = tensorLeaves(body(carry));
        checkCarry("whileLoop", start, next.structure, next.leaves, init);
        carry = unflatten(structure, next.leaves) as TensorsOf<C>;
      }
      return carry;
    }
  }
  const c = traceTree(test, [structure], leaves);
  const b = traceTree(body, [structure], leaves);
  checkCarry("whileLoop", start, b.result, b.graph.outputs, init);
  const out = bind(whilePrimitive, [...c.captured, ...b.captured, ...leaves], {
    condition: c.graph,
    conditionConsts: c.captured.length,
    body: b.graph,
    bodyConsts: b.captured.length,
  });
  return unflatten(structure, out) as TensorsOf<C>;
}
