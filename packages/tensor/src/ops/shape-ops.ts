import { ShapeError } from "../errors";
import { checkList } from "../internal/check-argument";
import { moveAxis as move } from "../primitives/batching";
import * as p from "../primitives/movement";
import {
  broadcastShapes,
  checkShape,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
} from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { broadcastUnchecked, toTensor } from "./promote";

/**
 * The same elements in C order under another shape; one length may be −1 and is computed.
 *
 * @throws ShapeError when the sizes differ
 */
export function reshape(x: TensorLike, shape: Shape): Tensor {
  const t = toTensor(x);
  checkList("reshape", "the shape", shape);
  const open = shape.indexOf(-1);
  const rest = sizeOf(shape.filter((_, i) => i !== open));
  const full =
    open < 0
      ? shape
      : shape.map((d, i) => (i === open ? (rest === 0 ? Number.NaN : t.size / rest) : d));
  const whole = full.every((d) => Number.isInteger(d) && d >= 0);
  if (!whole || sizeOf(full) !== t.size) {
    throw new ShapeError(
      `reshape: expected a shape of ${t.size} elements for a tensor of shape ${showShape(t.shape)}; got ${showShape(shape)}`,
      { shape: t.shape, to: shape },
    );
  }
  return p.reshape(t, full);
}

/** All elements along one axis. */
export const ravel = (x: TensorLike): Tensor => {
  const t = toTensor(x);
  return p.reshape(t, [t.size]);
};

/**
 * Axes in another order; reversed by default. No copy.
 *
 * @throws ShapeError unless `order` names every axis once
 */
export function transpose(x: TensorLike, order?: readonly number[]): Tensor {
  const t = toTensor(x);
  const r = t.shape.length;
  if (order === undefined)
    return p.transpose(
      t,
      Array.from({ length: r }, (_, i) => r - 1 - i),
    );
  checkList("transpose", "the order of axes", order);
  const list = order.map((a) => normalizeAxis("transpose", a, r));
  if (list.length !== r || new Set(list).size !== r) {
    throw new ShapeError(
      `transpose: expected each of the ${r} axes of shape ${showShape(t.shape)} once; got ${showShape(order)}`,
      { shape: t.shape, order },
    );
  }
  return p.transpose(t, list);
}

/** Exchanges two axes. No copy. */
export function swapAxes(x: TensorLike, a: number, b: number): Tensor {
  const t = toTensor(x);
  const i = normalizeAxis("swapAxes", a, t.shape.length);
  const j = normalizeAxis("swapAxes", b, t.shape.length);
  const order = t.shape.map((_, k) => (k === i ? j : k === j ? i : k));
  return p.transpose(t, order);
}

/** Moves one axis to another position; the others keep their order. No copy. */
export function moveAxis(x: TensorLike, from: number, to: number): Tensor {
  const t = toTensor(x);
  const r = t.shape.length;
  return move(t, normalizeAxis("moveAxis", from, r), normalizeAxis("moveAxis", to, r));
}

/** A new axis of length 1 at a position of the result. */
export function expandDims(x: TensorLike, axis: number): Tensor {
  const t = toTensor(x);
  const at = normalizeAxis("expandDims", axis, t.shape.length + 1);
  return p.reshape(t, [...t.shape.slice(0, at), 1, ...t.shape.slice(at)]);
}

/**
 * Without the given axes of length 1; without all of them by default.
 *
 * @throws ShapeError when a named axis is longer than 1
 */
export function squeeze(x: TensorLike, axes?: number | readonly number[]): Tensor {
  const t = toTensor(x);
  const ones = t.shape.flatMap((d, i) => (d === 1 ? [i] : []));
  const list = axes === undefined ? ones : normalizeAxes("squeeze", axes, t.shape.length);
  const long = list.find((a) => t.shape[a] !== 1);
  if (long !== undefined) {
    throw new ShapeError(
      `squeeze: expected axes of length 1; axis ${long} of shape ${showShape(t.shape)} has length ${t.shape[long]}`,
      { shape: t.shape, axis: long },
    );
  }
  return p.reshape(
    t,
    t.shape.filter((_, i) => !list.includes(i)),
  );
}

/**
 * Repeated to a larger shape under the broadcasting rule. No copy.
 *
 * @throws ShapeError when it does not fit
 */
export function broadcastTo(x: TensorLike, shape: Shape): Tensor {
  const t = toTensor(x);
  checkShape("broadcastTo", shape);
  if (!sameShape(broadcastShapes("broadcastTo", t.shape, shape), shape)) {
    throw new ShapeError(
      `broadcastTo: shape ${showShape(t.shape)} does not broadcast to ${showShape(shape)}`,
      { shape: t.shape, to: shape },
    );
  }
  return broadcastUnchecked(t, shape);
}

/** Order reversed along the given axes; along all by default. No copy. */
export function flip(x: TensorLike, axes?: number | readonly number[]): Tensor {
  const t = toTensor(x);
  return p.flip(t, normalizeAxes("flip", axes, t.shape.length));
}
