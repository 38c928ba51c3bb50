import { arange } from "../creation";
import { ArgumentError, ShapeError } from "../errors";
import { described } from "../internal/check-argument";
import { and, cast, select } from "../primitives/elementwise";
import { gather } from "../primitives/indexing";
import { broadcastInDim, slice } from "../primitives/movement";
import { type Shape, showShape } from "../shape";
import { isTensor, type Tensor, type TensorLike } from "../tensor";
import { toTensor, unifyTypes } from "./promote";

/** Where a slice begins along each axis: numbers, or integer scalars that may be traced. */
export type Starts = readonly (number | Tensor)[];

/** Starts moved into the range in which the slice fits; numbers stay numbers. */
function fit(operation: string, shape: Shape, starts: Starts, sizes: Shape): (number | Tensor)[] {
  const fits = sizes.every(
    (size, i) => Number.isInteger(size) && size >= 0 && size <= (shape[i] as number),
  );
  if (starts.length !== shape.length || sizes.length !== shape.length || !fits) {
    throw new ShapeError(
      `${operation}: expected a start and a length for each axis of shape ${showShape(shape)}, no length longer than its axis; got ${starts.length} starts and lengths ${showShape(sizes)}`,
      { operation, shape, sizes },
    );
  }
  return starts.map((start, i) => {
    const highest = (shape[i] as number) - (sizes[i] as number);
    if (!isTensor(start)) {
      if (!Number.isInteger(start)) throw notInteger(operation, start);
      return Math.min(highest, Math.max(0, start));
    }
    if (start.shape.length > 0 || !["i32", "u32", "u8"].includes(start.dtype)) {
      throw notInteger(operation, start);
    }
    return cast(start.clip(0, highest), "i32");
  });
}

const notInteger = (operation: string, start: number | Tensor): ArgumentError =>
  new ArgumentError(
    `${operation}: expected starts that are integers or integer scalars; got ${described(start)}`,
  );

/** 0 … n − 1 as i32. */
const iota = (n: number): Tensor => arange(0, n, 1, { dtype: "i32" });

/**
 * A block of a tensor that begins at a position which may be known only while the program runs.
 *
 * The start is moved so that the block lies inside, never the length: out.shape is always `sizes`.
 *
 * @param starts - for each axis a number or an integer scalar, for example the counter of a `scan`
 * @param sizes - lengths of the block
 * @throws ShapeError when a length is longer than its axis
 */
export function dynamicSlice(x: TensorLike, starts: Starts, sizes: Shape): Tensor {
  const t = toTensor(x);
  const from = fit("dynamicSlice", t.shape, starts, sizes);
  // What is known becomes a view first; the rest is gathered axis by axis.
  const view = slice(
    t,
    from.map((start) => (isTensor(start) ? 0 : start)),
    from.map((start, i) => (isTensor(start) ? (t.shape[i] as number) : (sizes[i] as number))),
  );
  return from.reduce<Tensor>(
    (y, start, axis) =>
      isTensor(start) ? gather(y, start.add(iota(sizes[axis] as number)), 0, axis) : y,
    view,
  );
}

/**
 * A copy of a tensor with a block replaced, at a position which may be known only while the program runs.
 *
 * @param update - the block, of x's rank; its start is moved so that it lies inside
 * @param starts - for each axis a number or an integer scalar
 * @throws ShapeError when the block is longer than x along an axis
 */
export function updateSlice(x: TensorLike, update: TensorLike, starts: Starts): Tensor {
  const [t, block] = unifyTypes("updateSlice", x, update);
  const from = fit("updateSlice", t.shape, starts, block.shape);
  // Every element of x finds its place in the block, if it has one.
  let spread = block;
  let inside: Tensor | undefined;
  from.forEach((start, axis) => {
    const n = t.shape[axis] as number;
    const size = block.shape[axis] as number;
    if (n === size) return;
    const place = iota(n).sub(start);
    const hit = place.greaterEqual(0).logicalAnd(place.less(size));
    const wide = broadcastInDim(hit, t.shape, [axis]);
    inside = inside === undefined ? wide : and(inside, wide);
    if (size > 0) spread = gather(spread, place.clip(0, size - 1), 0, axis);
  });
  if (inside === undefined) return block;
  return block.size === 0 ? t : select(inside, spread, t);
}
