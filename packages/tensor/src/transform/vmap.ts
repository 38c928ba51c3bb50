import { ArgumentError, ShapeError } from "../errors";
import { checkFunction } from "../internal/check-argument";
import { withTrace } from "../internal/trace";
import { toTensor } from "../ops/promote";
import { batchToFront, moveAxis } from "../primitives/batching";
import { normalizeAxis, showShape } from "../shape";
import { isTensor, type Tensor } from "../tensor";
import { flatten, type Tree, unflatten } from "../tree";
import { BatchTrace } from "./batch-trace";

/** Where the batch lies in each argument and in the result. */
export interface VmapOptions {
  /**
   * Axis of the batch: one for all arguments, or one for each; `null` for arguments shared by all examples.
   * Default 0.
   */
  readonly inAxes?: number | null | readonly (number | null)[];
  /** Axis of the batch in every output; default 0. */
  readonly outAxis?: number;
}

/**
 * A function of one example as a function of a batch, without a loop.
 *
 * Arguments and results are trees; every tensor of an argument has the batch at the same axis.
 * `vmap(grad(loss), { inAxes: [null, 0, 0] })` gives the gradient of every example.
 *
 * @param f - takes and returns trees of tensors
 * @returns a function of the batched arguments
 * @throws ShapeError when the batch sizes differ, ArgumentError when no argument is batched
 * @example
 * vmap((x: Tensor) => x.sum())(tensor([[1, 2], [3, 4]])) // [3, 7]
 */
export function vmap<A extends unknown[], R>(
  f: (...args: A) => R,
  options: VmapOptions = {},
): (...args: A) => R {
  const { inAxes = 0, outAxis = 0 } = options;
  checkFunction("vmap", f);
  return (...args) => {
    if (Array.isArray(inAxes) && inAxes.length !== args.length) {
      throw new ArgumentError(
        `vmap: expected inAxes to have one entry for each of the ${args.length} arguments; got ${inAxes.length}`,
        { inAxes },
      );
    }
    const flats = args.map((arg, i) => {
      const axis = Array.isArray(inAxes) ? (inAxes[i] as number | null) : (inAxes as number | null);
      const { leaves, structure } = flatten(arg as Tree<unknown>);
      return { leaves: leaves.map((x) => place(x, axis)), structure };
    });
    const size = batchSize(flats.flatMap(({ leaves }) => leaves));
    return withTrace(
      (level) => new BatchTrace(level, size),
      (trace) => {
        const actual = flats.map(({ leaves, structure }) =>
          unflatten(
            structure,
            leaves.map(({ value, axis }) =>
              axis === null ? value : trace.join(value as Tensor, axis),
            ),
          ),
        );
        const { leaves, structure } = flatten(f(...(actual as A)) as Tree<unknown>);
        return unflatten(
          structure,
          leaves.map((y) => {
            if (!isTensor(y) && typeof y !== "number") return y;
            const [value, axis] = trace.split(toTensor(y));
            const front = batchToFront(value, axis, size);
            return moveAxis(front, 0, normalizeAxis("vmap", outAxis, front.shape.length));
          }),
        ) as R;
      },
    );
  };
}

interface Placed {
  readonly value: unknown;
  readonly axis: number | null;
}

/** A leaf with its batch axis; only tensors are batched. */
function place(x: unknown, axis: number | null): Placed {
  if (axis === null || !isTensor(x)) return { value: x, axis: null };
  if (x.shape.length === 0) {
    throw new ShapeError(
      "vmap: expected a tensor with a batch axis; got a scalar; share it by a null in inAxes",
      { axis },
    );
  }
  return { value: x, axis: normalizeAxis("vmap", axis, x.shape.length) };
}

function batchSize(leaves: readonly Placed[]): number {
  let first: { readonly x: Tensor; readonly size: number; readonly axis: number } | undefined;
  for (const { value, axis } of leaves) {
    if (axis === null) continue;
    const x = value as Tensor;
    const size = x.shape[axis] as number;
    if (first !== undefined && first.size !== size) {
      throw new ShapeError(
        `vmap: batch sizes differ: axis ${first.axis} of ${showShape(first.x.shape)} has ${first.size} examples, axis ${axis} of ${showShape(x.shape)} has ${size}`,
        { sizes: [first.size, size] },
      );
    }
    first ??= { x, size, axis };
  }
  if (first === undefined) {
    throw new ArgumentError("vmap: expected at least one batched tensor argument; got none");
  }
  return first.size;
}
