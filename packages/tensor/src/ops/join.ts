import { ArgumentError, ShapeError } from "../errors";
import { checkList } from "../internal/check-argument";
import * as p from "../primitives/movement";
import { normalizeAxis, sameShape, showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { toTensor, unifyAll } from "./promote";
import { expandDims, ravel } from "./shape-ops";

/**
 * Tensors joined along an existing axis.
 *
 * @param axis - default 0
 * @throws ShapeError when another axis differs
 * @example
 * concat([[1, 2], [3]]) // [1, 2, 3]
 */
export function concat(xs: readonly TensorLike[], axis = 0): Tensor {
  const list = unifyAll("concat", xs);
  const [first] = list as [Tensor, ...Tensor[]];
  const along = normalizeAxis("concat", axis, first.shape.length);
  list.forEach((x, i) => {
    const fits =
      x.shape.length === first.shape.length &&
      x.shape.every((d, j) => j === along || d === first.shape[j]);
    if (!fits) {
      throw new ShapeError(
        `concat: tensors must agree on all axes but axis ${along}; tensor 0 is ${showShape(first.shape)}, tensor ${i} is ${showShape(x.shape)}`,
        { shapes: list.map((y) => y.shape), axis: along },
      );
    }
  });
  return p.concat(list, along);
}

/**
 * Tensors of one shape joined along a new axis.
 *
 * @param axis - its position in the result; default 0
 * @throws ShapeError when the shapes differ
 * @example
 * stack([[1, 2], [3, 4]], 1) // [[1, 3], [2, 4]]
 */
export function stack(xs: readonly TensorLike[], axis = 0): Tensor {
  const list = unifyAll("stack", xs);
  const [first] = list as [Tensor, ...Tensor[]];
  const odd = list.findIndex((x) => !sameShape(x.shape, first.shape));
  if (odd >= 0) {
    throw new ShapeError(
      `stack: tensors must have one shape; tensor 0 is ${showShape(first.shape)}, tensor ${odd} is ${showShape(list[odd]!.shape)}`,
      { shapes: list.map((y) => y.shape) },
    );
  }
  return p.concat(
    list.map((x) => expandDims(x, axis)),
    normalizeAxis("stack", axis, first.shape.length + 1),
  );
}

/**
 * Parts along an axis: a number of equal parts, or the lengths of the parts.
 *
 * @param axis - default 0
 * @throws ShapeError when the parts do not add up to the axis
 * @example
 * split([1, 2, 3, 4], 2) // [[1, 2], [3, 4]]
 * split([1, 2, 3, 4], [1, 3]) // [[1], [2, 3, 4]]
 */
export function split(x: TensorLike, parts: number | readonly number[], axis = 0): Tensor[] {
  const t = toTensor(x);
  const along = normalizeAxis("split", axis, t.shape.length);
  const n = t.shape[along] as number;
  const count = typeof parts === "number" && Number.isInteger(parts) && parts > 0 ? parts : 1;
  const lengths = typeof parts === "number" ? new Array<number>(count).fill(n / parts) : [...parts];
  const total = lengths.reduce((a, b) => a + b, 0);
  if (total !== n || lengths.some((d) => !Number.isInteger(d) || d < 0)) {
    throw new ShapeError(
      `split: expected parts that add up to the length ${n} of axis ${along}; got ${typeof parts === "number" ? `${parts} equal parts` : showShape(parts)}`,
      { shape: t.shape, parts, axis: along },
    );
  }
  let at = 0;
  return lengths.map((length) => {
    const start = t.shape.map((_, i) => (i === along ? at : 0));
    at += length;
    return p.slice(
      t,
      start,
      t.shape.map((d, i) => (i === along ? length : d)),
    );
  });
}

/**
 * The tensor repeated `counts[i]` times along axis i; missing leading counts are 1.
 *
 * @example
 * tile([1, 2], [2]) // [1, 2, 1, 2]
 */
export function tile(x: TensorLike, counts: readonly number[]): Tensor {
  const t = toTensor(x);
  checkList("tile", "the counts", counts);
  checkCounts("tile", counts);
  const r = Math.max(t.shape.length, counts.length);
  const shape = [...new Array<number>(r - t.shape.length).fill(1), ...t.shape];
  const times = [...new Array<number>(r - counts.length).fill(1), ...counts];
  const pairs = shape.flatMap((d, i) => [times[i] as number, d]);
  const wide = p.broadcastInDim(
    p.reshape(t, shape),
    pairs,
    shape.map((_, i) => 2 * i + 1),
  );
  return p.reshape(
    wide,
    shape.map((d, i) => d * (times[i] as number)),
  );
}

function checkCounts(operation: string, counts: readonly number[]): void {
  if (counts.every((c) => Number.isInteger(c) && c >= 0)) return;
  throw new ArgumentError(
    `${operation}: expected non-negative integer counts; got ${counts.join(", ")}`,
    { counts },
  );
}

/**
 * Each element repeated `count` times along an axis; of the flattened tensor if none is named.
 *
 * @example
 * repeat([1, 2], 2) // [1, 1, 2, 2]
 */
export function repeat(x: TensorLike, count: number, axis?: number): Tensor {
  const t = axis === undefined ? ravel(x) : toTensor(x);
  const along = normalizeAxis("repeat", axis ?? 0, t.shape.length);
  checkCounts("repeat", [count]);
  const wide = [...t.shape.slice(0, along + 1), count, ...t.shape.slice(along + 1)];
  const repeated = p.broadcastInDim(
    t,
    wide,
    t.shape.map((_, i) => (i <= along ? i : i + 1)),
  );
  return p.reshape(
    repeated,
    t.shape.map((d, i) => (i === along ? d * count : d)),
  );
}

/**
 * Elements moved by `shift` places along an axis, or in the flattened tensor, re-entering at the other end.
 *
 * @example
 * roll([1, 2, 3], 1) // [3, 1, 2]
 */
export function roll(x: TensorLike, shift: number, axis?: number): Tensor {
  const t = toTensor(x);
  if (!Number.isInteger(shift)) {
    throw new ArgumentError(`roll: expected an integer shift; got ${shift}`, { shift });
  }
  if (axis === undefined) return p.reshape(roll(ravel(t), shift, 0), t.shape);
  const along = normalizeAxis("roll", axis, t.shape.length);
  const n = t.shape[along] as number;
  const by = n === 0 ? 0 : ((shift % n) + n) % n;
  if (by === 0) return t;
  const [head, tail] = split(t, [n - by, by], along) as [Tensor, Tensor];
  return p.concat([tail, head], along);
}
