import { tensor } from "../creation";
import { ArgumentError, ShapeError } from "../errors";
import * as g from "../primitives/indexing";
import { flip, reshape, slice, transpose } from "../primitives/movement";
import { broadcastShapes, sameShape, showShape, sizeOf } from "../shape";
import { isTensor, type NestedArray, type Tensor, type TensorLike } from "../tensor";
import { asIndices, checkIndex, truePositions, wrapNegative } from "./index-values";
import { broadcastUnchecked, toTensor } from "./promote";

/** Every `step`-th index from `start` up to but excluding `stop`; negative bounds count from the end. */
export interface Range {
  /** First index; undefined for the end from which the step leads away. */
  readonly start: number | undefined;
  /** The index before which the range ends; undefined for the other end. */
  readonly stop: number | undefined;
  /** Not 0. */
  readonly step: number;
}

/**
 * A range of indices, as Python's `start:stop:step`: `range()` is everything, `range(1)` drops the first,
 * `range(undefined, undefined, -1)` reverses.
 *
 * @param step - default 1; may be negative
 * @throws ArgumentError when a bound is not an integer, or step is 0
 * @example
 * tensor([1, 2, 3, 4]).at(range(-2)) // [3, 4]
 */
export function range(start?: number, stop?: number, step = 1): Range {
  if (step === 0 || ![start ?? 0, stop ?? 0, step].every(Number.isInteger)) {
    throw new ArgumentError(
      `range: expected integer bounds and an integer step other than 0; got ${start}, ${stop}, ${step}`,
      { start, stop, step },
    );
  }
  return { start, stop, step };
}

/**
 * One entry of an index: an integer (removes the axis), a {@link Range}, `null` (adds an axis of length 1),
 * `"..."` (all axes not named), a tensor or array of integers (gathers) or of booleans (selects).
 */
export type Index = number | Range | null | "..." | Tensor | readonly NestedArray[];

const isRange = (x: Index): x is Range => typeof x === "object" && x !== null && "step" in x;

/** First index, count and step of a range on an axis of length n, as Python slices. */
function resolveRange({ start, stop, step }: Range, n: number): [number, number, number] {
  const lowest = step > 0 ? 0 : -1;
  const highest = step > 0 ? n : n - 1;
  const bound = (v: number | undefined, otherwise: number): number =>
    v === undefined ? otherwise : Math.min(highest, Math.max(lowest, v < 0 ? v + n : v));
  const from = bound(start, step > 0 ? 0 : n - 1);
  const to = bound(stop, step > 0 ? n : -1);
  return [from, Math.max(0, Math.ceil((to - from) / step)), step];
}

/**
 * Part of a tensor: one entry for each axis, from the first on; axes not named stay whole.
 *
 * Integers, ranges and `null` give views without a copy. Integer tensors gather: several of them broadcast
 * against each other, and their axes stand where the first was if they are adjacent, else in front.
 * (An integer beside them does not count as one, unlike in NumPy.) Out-of-range entries of an index tensor
 * are clamped, those of an array are refused; a boolean mask needs concrete values.
 *
 * @throws ShapeError on an integer out of range, a mask of another shape, or too many entries
 * @example
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * x.at(-1) // [4, 5, 6]
 * x.at(range(), range(0, 3, 2)) // [[1, 3], [4, 6]]
 * x.at("...", 0) // [1, 4]
 * x.at([1, 0], [0, 2]) // [4, 3]
 * x.at(x.greater(3)) // [4, 5, 6]
 */
export function at(x: TensorLike, ...indices: readonly Index[]): Tensor {
  const t = toTensor(x);
  const entries = expand(t, indices);
  // First the views, keeping every axis; then the gathers; then axes come and go.
  let view = t;
  const start = t.shape.map(() => 0);
  const shape = [...t.shape];
  const steps = t.shape.map(() => 1);
  const reversed: number[] = [];
  let axis = 0;
  for (const entry of entries) {
    if (entry === null) continue;
    const n = t.shape[axis] as number;
    if (typeof entry === "number") {
      start[axis] = checkIndex("at", entry, t.shape, axis);
      shape[axis] = 1;
    } else if (isRange(entry)) {
      const [from, count, step] = resolveRange(entry, n);
      shape[axis] = count;
      steps[axis] = Math.abs(step);
      start[axis] = count === 0 ? 0 : step > 0 ? from : from + (count - 1) * step;
      if (step < 0) reversed.push(axis);
    }
    axis++;
  }
  view = flip(slice(view, start, shape, steps), reversed);
  return gatherEntries(view, entries);
}

type Entry = number | Range | null | Tensor;

/** Replaces `...`, turns masks into integer tensors, and names every axis. */
function expand(t: Tensor, indices: readonly Index[]): Entry[] {
  const list = indices.map((entry) =>
    entry === null || entry === "..." || typeof entry === "number" || isRange(entry)
      ? entry
      : asIndex(entry),
  );
  const axesOf = (entry: Entry | "..."): number =>
    entry === null || entry === "..."
      ? 0
      : isTensor(entry) && entry.dtype === "bool"
        ? entry.shape.length
        : 1;
  const named = list.reduce<number>((n, entry) => n + axesOf(entry), 0);
  const dots = list.filter((entry) => entry === "...").length;
  const missing = t.shape.length - named;
  if (missing < 0 || dots > 1) {
    throw new ShapeError(
      `at: expected at most ${t.shape.length} axes to be indexed and one "..." for shape ${showShape(t.shape)}; got ${named} and ${dots} "..."`,
      { shape: t.shape },
    );
  }
  const whole = new Array<Entry>(missing).fill(range());
  const filled = (dots === 0 ? [...list, ...whole] : list) as (Entry | "...")[];
  let axis = 0;
  return filled.flatMap((entry, i): Entry[] => {
    if (entry === "...") {
      axis += missing;
      return whole;
    }
    const from = axis;
    axis += axesOf(entry);
    if (!isTensor(entry)) return [entry];
    return entry.dtype === "bool"
      ? maskIndices(entry, t, from)
      : [wrapNegative("at", entry, t.shape, from, indices[i])];
  });
}

/** A mask as the integer positions that it selects. */
function maskIndices(mask: Tensor, t: Tensor, from: number): Tensor[] {
  const selected = t.shape.slice(from, from + mask.shape.length);
  if (mask.shape.length === 0) {
    throw new ShapeError("at: expected a mask with at least one axis; got a scalar; use where", {
      shape: t.shape,
    });
  }
  if (!sameShape(mask.shape, selected)) {
    throw new ShapeError(
      `at: expected a mask of the shape of the axes it selects from, ${showShape(selected)}; got ${showShape(mask.shape)}`,
      { shape: t.shape, mask: mask.shape },
    );
  }
  return truePositions("at", mask);
}

/** An index tensor, or a mask. */
function asIndex(entry: Tensor | readonly NestedArray[]): Tensor {
  if (!isTensor(entry) && !Array.isArray(entry)) {
    throw new ArgumentError(
      `at: expected integers, range(), null, "...", tensors or arrays; got ${String(entry)}`,
    );
  }
  const t = isTensor(entry) ? entry : tensor(entry);
  return t.dtype === "bool" ? t : asIndices("at", entry);
}

/** Applies the integer tensors, then drops the axes of integers and adds the new ones. */
function gatherEntries(view: Tensor, entries: readonly Entry[]): Tensor {
  const advanced: { axis: number; index: Tensor }[] = [];
  const positions: number[] = [];
  let axis = 0;
  entries.forEach((entry, i) => {
    if (isTensor(entry)) {
      advanced.push({ axis, index: entry });
      positions.push(i);
    }
    if (entry !== null) axis++;
  });
  if (advanced.length === 0) {
    let from = 0;
    const shape = entries.flatMap((entry): number[] => {
      if (entry === null) return [1];
      const d = view.shape[from++] as number;
      return typeof entry === "number" ? [] : [d];
    });
    return reshape(view, shape);
  }
  const shapes = advanced.map(({ index }) => index.shape);
  const common = broadcastShapes("at", ...shapes);
  const axes = advanced.map((a) => a.axis);
  // The indexed axes together as one, in front.
  const rest = view.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const lengths = axes.map((a) => view.shape[a] as number);
  const front = transpose(view, [...axes, ...rest]);
  const flat = reshape(front, [sizeOf(lengths), ...rest.map((i) => view.shape[i] as number)]);
  let linear: Tensor | undefined;
  advanced.forEach(({ index }, i) => {
    const n = lengths[i] as number;
    const wrapped = broadcastUnchecked(index, common);
    linear = linear === undefined ? wrapped : linear.mul(n).add(wrapped);
  });
  const picked = g.gather(flat, linear as Tensor, 0, 0);
  // picked: [common…, rest…]; put the common axes where they belong and rebuild integers and null.
  const adjacent = positions.every((p, i) => i === 0 || p === (positions[i - 1] as number) + 1);
  const head: number[] = [];
  const tail: number[] = [];
  let restAt = 0;
  let before = 0;
  entries.forEach((entry, i) => {
    const target = adjacent && i < (positions[0] as number) ? head : tail;
    if (entry === null) target.push(1);
    else if (!isTensor(entry)) {
      const d = view.shape[rest[restAt++] as number] as number;
      if (target === head) before++;
      if (typeof entry !== "number") target.push(d);
    }
  });
  const c = common.length;
  const order = [
    ...Array.from({ length: before }, (_, i) => c + i),
    ...Array.from({ length: c }, (_, i) => i),
    ...Array.from({ length: rest.length - before }, (_, i) => c + before + i),
  ];
  return reshape(transpose(picked, order), [...head, ...common, ...tail]);
}
