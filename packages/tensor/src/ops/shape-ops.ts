import { ArgumentError, ShapeError } from "../errors";
import { moveAxis as move } from "../primitives/batching";
import { constant } from "../primitives/constants";
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
import { broadcastUnchecked, toTensor, unifyTypes } from "./promote";

/**
 * The same elements in C order under another shape; one length may be −1 and is computed.
 *
 * @throws ShapeError when the sizes differ
 */
export function reshape(x: TensorLike, shape: Shape): Tensor {
  const t = toTensor(x);
  const open = shape.indexOf(-1);
  const rest = sizeOf(shape.filter((_, i) => i !== open));
  const full = open < 0 ? shape : shape.map((d, i) => (i === open ? t.size / (rest || 1) : d));
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

/** Tensors of one dtype. */
function unifyAll(operation: string, xs: readonly TensorLike[]): Tensor[] {
  if (xs.length === 0) {
    throw new ArgumentError(`${operation}: expected at least one tensor; got none`, { operation });
  }
  const first = xs.reduce<Tensor>((a, x) => unifyTypes(operation, a, x)[0], toTensor(xs[0]!));
  return xs.map((x) => unifyTypes(operation, x, first)[0]);
}

/**
 * Tensors joined along an existing axis.
 *
 * @param axis - default 0
 * @throws ShapeError when another axis differs
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
 */
export function split(x: TensorLike, parts: number | readonly number[], axis = 0): Tensor[] {
  const t = toTensor(x);
  const along = normalizeAxis("split", axis, t.shape.length);
  const n = t.shape[along] as number;
  const lengths = typeof parts === "number" ? new Array<number>(parts).fill(n / parts) : [...parts];
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

/** The tensor repeated `counts[i]` times along axis i; missing leading counts are 1. */
export function tile(x: TensorLike, counts: readonly number[]): Tensor {
  const t = toTensor(x);
  checkShape("tile", counts);
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

/** Each element repeated `count` times along an axis; of the flattened tensor if none is named. */
export function repeat(x: TensorLike, count: number, axis?: number): Tensor {
  const t = axis === undefined ? ravel(x) : toTensor(x);
  const along = normalizeAxis("repeat", axis ?? 0, t.shape.length);
  checkShape("repeat", [count]);
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

/** Order reversed along the given axes; along all by default. No copy. */
export function flip(x: TensorLike, axes?: number | readonly number[]): Tensor {
  const t = toTensor(x);
  return p.flip(t, normalizeAxes("flip", axes, t.shape.length));
}

/** Elements moved by `shift` places along an axis, re-entering at the other end. */
export function roll(x: TensorLike, shift: number, axis?: number): Tensor {
  const t = toTensor(x);
  if (axis === undefined) return p.reshape(roll(ravel(t), shift, 0), t.shape);
  const along = normalizeAxis("roll", axis, t.shape.length);
  const n = t.shape[along] as number;
  const by = n === 0 ? 0 : ((shift % n) + n) % n;
  if (by === 0) return t;
  const [head, tail] = split(t, [n - by, by], along) as [Tensor, Tensor];
  return p.concat([tail, head], along);
}

/** How {@link pad} fills. */
export interface PadOptions {
  /** Default "constant". "edge" repeats the border, "reflect" mirrors without it, "wrap" goes round. */
  readonly mode?: "constant" | "edge" | "reflect" | "wrap";
  /** The constant; default 0. */
  readonly value?: number;
}

/**
 * Adds elements around a tensor.
 *
 * @param padding - one amount for all sides, or [before, after] for each axis
 * @throws ShapeError when amounts do not fit the axes or the mode
 */
export function pad(
  x: TensorLike,
  padding: number | readonly (number | readonly [number, number])[],
  options: PadOptions = {},
): Tensor {
  const { mode = "constant", value = 0 } = options;
  const t = toTensor(x);
  const amounts = t.shape.map((_, i): readonly [number, number] => {
    const p0 = typeof padding === "number" ? padding : padding[i];
    return typeof p0 === "number" ? [p0, p0] : (p0 ?? [0, 0]);
  });
  const tooMany = typeof padding !== "number" && padding.length !== t.shape.length;
  if (tooMany || amounts.some(([a, b]) => !(a >= 0 && b >= 0) || a % 1 !== 0 || b % 1 !== 0)) {
    throw new ShapeError(
      `pad: expected non-negative [before, after] for each of the ${t.shape.length} axes; got ${JSON.stringify(padding)}`,
      { shape: t.shape, padding },
    );
  }
  if (mode === "constant") return p.pad(t, constant(value, [], t.dtype), amounts);
  return amounts.reduce((y, [before, after], axis) => padAxis(y, axis, before, after, mode), t);
}

function padAxis(
  x: Tensor,
  axis: number,
  before: number,
  after: number,
  mode: "edge" | "reflect" | "wrap",
): Tensor {
  if (before === 0 && after === 0) return x;
  const n = x.shape[axis] as number;
  const limit =
    mode === "edge" ? (n > 0 ? Number.POSITIVE_INFINITY : 0) : mode === "wrap" ? n : n - 1;
  if (before > limit || after > limit) {
    throw new ShapeError(
      `pad: mode "${mode}" can add at most ${Math.max(0, limit)} elements at axis ${axis} of length ${n}; asked for ${before} and ${after}`,
      { shape: x.shape, axis, before, after },
    );
  }
  const part = (from: number, length: number): Tensor =>
    p.slice(
      x,
      x.shape.map((_, i) => (i === axis ? from : 0)),
      x.shape.map((d, i) => (i === axis ? length : d)),
    );
  const edge = (from: number, count: number): Tensor =>
    broadcastTo(
      part(from, 1),
      x.shape.map((d, i) => (i === axis ? count : d)),
    );
  const sides = {
    edge: () => [edge(0, before), edge(n - 1, after)],
    reflect: () => [p.flip(part(1, before), [axis]), p.flip(part(n - 1 - after, after), [axis])],
    wrap: () => [part(n - before, before), part(0, after)],
  };
  const [left, right] = sides[mode]() as [Tensor, Tensor];
  return p.concat([left, x, right], axis);
}
