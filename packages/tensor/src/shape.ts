import { ArgumentError, ShapeError } from "./errors";
import { checkList } from "./internal/check-argument";

/** Lengths of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  let n = 1;
  for (const d of shape) n *= d;
  return n;
}

/** Steps between neighbours of each axis of a C-contiguous array, in elements. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i] as number;
  }
  return strides;
}

/** True when the strides walk the elements in C order without gaps (axes of length 1 may have any stride). */
export function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const d = shape[i] as number;
    if (d === 0) return true;
    if (d !== 1 && strides[i] !== step) return false;
    step *= d;
  }
  return true;
}

/** True when two shapes have the same axes. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A shape as text: `[2, 3]`. */
export const showShape = (shape: Shape): string => `[${shape.join(", ")}]`;

/**
 * The common shape of operands under NumPy's broadcasting rule.
 *
 * @throws ShapeError naming the operation, the shapes and the axis that does not fit
 */
export function broadcastShapes(operation: string, ...shapes: readonly Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    const lead = rank - shape.length;
    for (let i = 0; i < shape.length; i++) {
      const d = shape[i] as number;
      const have = out[lead + i] as number;
      if (d === have || d === 1) continue;
      if (have !== 1) {
        throw new ShapeError(
          `${operation}: shapes ${shapes.map(showShape).join(" and ")} do not broadcast: axis ${lead + i - rank} has lengths ${have} and ${d}; lengths must be equal or 1`,
          { operation, shapes, axis: lead + i - rank },
        );
      }
      out[lead + i] = d;
    }
  }
  return out;
}

/**
 * An axis given as −rank … rank − 1, as 0 … rank − 1.
 *
 * @throws ShapeError when it is out of range
 */
export function normalizeAxis(operation: string, axis: number, rank: number): number {
  if (rank === 0) {
    throw new ShapeError(
      `${operation}: expected a tensor with axes; got a scalar and axis ${axis}`,
      {
        operation,
        axis,
        rank,
      },
    );
  }
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError(
      `${operation}: axis must be an integer from ${-rank} to ${rank - 1} for a tensor of rank ${rank}; it is ${axis}`,
      { operation, axis, rank },
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/**
 * One axis, several, or all (`undefined`), as sorted axes without repeats.
 *
 * @throws ShapeError when an axis is out of range or named twice
 */
export function normalizeAxes(
  operation: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  if (typeof axes !== "number" && !Array.isArray(axes)) {
    throw new ArgumentError(
      `${operation}: expected an axis or a list of axes; got ${typeof axes}; options come after the axes`,
      { operation, axes },
    );
  }
  const list = (typeof axes === "number" ? [axes] : axes).map((a) =>
    normalizeAxis(operation, a, rank),
  );
  list.sort((a, b) => a - b);
  for (let i = 1; i < list.length; i++) {
    if (list[i] === list[i - 1]) {
      throw new ShapeError(`${operation}: axis ${list[i]} is named twice in ${showShape(list)}`, {
        operation,
        axes,
      });
    }
  }
  return list;
}

/**
 * Checks that lengths are non-negative integers and that the element count is addressable.
 *
 * @throws ShapeError naming the operation and the shape
 */
export function checkShape(operation: string, shape: Shape): void {
  checkList(operation, "the shape", shape);
  for (const d of shape) {
    if (!Number.isInteger(d) || d < 0) {
      throw new ShapeError(
        `${operation}: lengths of axes must be non-negative integers; the shape is ${showShape(shape)}`,
        { operation, shape },
      );
    }
  }
  if (sizeOf(shape) > 2 ** 31 - 1) {
    throw new ShapeError(
      `${operation}: a tensor holds at most 2^31 − 1 elements; shape ${showShape(shape)} has ${sizeOf(shape)}`,
      { operation, shape },
    );
  }
}

/** The shape without the given axes (sorted, non-negative). */
export const dropAxes = (shape: Shape, axes: readonly number[]): number[] =>
  shape.filter((_, i) => !axes.includes(i));

/**
 * Strides that show the same elements under another shape, or `undefined` if only a copy can.
 */
export function reshapeStrides(
  shape: Shape,
  strides: readonly number[],
  to: Shape,
): number[] | undefined {
  if (sizeOf(shape) === 0) return contiguousStrides(to);
  const from = shape.map((d, i) => [d, strides[i] as number] as const).filter(([d]) => d !== 1);
  const out = new Array<number>(to.length).fill(0);
  let i = 0;
  let j = 0;
  while (j < to.length) {
    if (to[j] === 1) {
      j++;
      continue;
    }
    // Grow a block of source axes and a block of target axes until they hold the same count.
    let have = (from[i] as readonly [number, number])[0];
    let want = to[j] as number;
    const i0 = i++;
    const j0 = j++;
    while (have !== want) {
      if (have < want) have *= (from[i++] as readonly [number, number])[0];
      else want *= to[j++] as number;
    }
    for (let k = i0; k + 1 < i; k++) {
      const [, s] = from[k] as readonly [number, number];
      const [d1, s1] = from[k + 1] as readonly [number, number];
      if (s !== d1 * s1) return undefined;
    }
    let step = (from[i - 1] as readonly [number, number])[1];
    for (let k = j - 1; k >= j0; k--) {
      out[k] = step;
      step *= to[k] as number;
    }
  }
  return out;
}
