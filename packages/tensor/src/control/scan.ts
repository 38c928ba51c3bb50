import { ArgumentError, ShapeError } from "../errors";
import {
  regroup,
  showStructure,
  type TensorsLike,
  type TensorsOf,
  tensorLeaves,
} from "../internal/regroup";
import { bind } from "../internal/trace";
import { showShape } from "../shape";
import type { Tensor } from "../tensor";
import { traceTree } from "../transform/trace-tree";
import { checkCarry } from "./check-carry";
import { scanPrimitive } from "./scan-primitive";

/** Options of {@link scan}. */
export interface ScanOptions {
  /** Number of steps; needed when there are no slices. */
  readonly length?: number;
  /** Run from the last slice to the first; results stay in the order of the slices. Default false. */
  readonly reverse?: boolean;
}

function loopLength(xs: readonly Tensor[], length: number | undefined): number {
  const lengths = xs.map((x) => {
    if (x.shape.length === 0) {
      throw new ShapeError("scan: expected slices along axis 0; got a scalar in xs", {});
    }
    return x.shape[0] as number;
  });
  const n = length ?? lengths[0];
  if (n === undefined || !Number.isInteger(n) || n < 0) {
    throw new ArgumentError(
      `scan: expected xs or an integer length ≥ 0; got ${n === undefined ? "neither" : n}`,
      { length },
    );
  }
  const odd = lengths.findIndex((d) => d !== n);
  if (odd >= 0) {
    throw new ShapeError(
      `scan: expected ${n} slices along axis 0 of every tensor of xs; got ${showShape((xs[odd] as Tensor).shape)}`,
      { length: n },
    );
  }
  return n;
}

/**
 * A loop with state: carry ← f(carry, slice), collecting what each step returns.
 *
 * Inside `jit` the body is compiled once whatever the number of steps. Reverse mode keeps, for each step, what the
 * backward pass of the body needs.
 *
 * @param f - (carry, x) → [next carry, y]; trees; the carry keeps its structure, shapes and dtypes
 * @param init - first carry; numbers in it become tensors
 * @param xs - tree of tensors that are sliced along axis 0, or null
 * @returns [last carry, ys stacked along axis 0]
 * @throws ShapeError when the carry changes its type, ArgumentError when there is no length
 * @example
 * scan((sum: Tensor, x: Tensor) => [sum.add(x), sum.add(x)], 0, tensor([1, 2, 3]))[1] // [1, 3, 6]
 */
export function scan<const C, X, Y>(
  f: (carry: TensorsOf<C>, x: X) => readonly [NoInfer<TensorsLike<C>>, Y],
  init: C,
  xs: X,
  options: ScanOptions = {},
): [TensorsOf<C>, Y] {
  const start = tensorLeaves(init);
  const slices = tensorLeaves(xs);
  const length = loopLength(slices.leaves, options.length);
  const carry = start.leaves.length;
  const {
    graph: body,
    captured,
    result,
  } = traceTree(
    f,
    [start.structure, slices.structure],
    [
      ...start.leaves,
      ...slices.leaves.map(({ shape, dtype }) => ({ shape: shape.slice(1), dtype })),
    ],
  );
  const [next, y] = result.children;
  if (result.kind !== "array" || next === undefined || y === undefined) {
    throw new ArgumentError(
      `scan: expected the body to return [carry, y]; it returns ${showStructure(result)}; return null for y if there is none`,
    );
  }
  checkCarry("scan", start, next, body.outputs, init);
  const out = bind(scanPrimitive, [...captured, ...start.leaves, ...slices.leaves], {
    body,
    consts: captured.length,
    carry,
    length,
    reverse: options.reverse ?? false,
  });
  return regroup([start.structure, y], out) as [TensorsOf<C>, Y];
}
