import { arange, tensor } from "../creation";
import { ArgumentError, ShapeError, TraceError } from "../errors";
import { isReadable } from "../internal/read";
import { moveAxis } from "../primitives/batching";
import * as e from "../primitives/elementwise";
import * as g from "../primitives/indexing";
import { flip, reshape, slice, transpose } from "../primitives/movement";
import { takeAlongLast } from "../primitives/sorting";
import { broadcastShapes, normalizeAxis, sameShape, showShape, sizeOf } from "../shape";
import { isTensor, type NestedArray, type Tensor, type TensorLike } from "../tensor";
import { broadcastUnchecked, toTensor } from "./promote";

/** Every `step`-th index from `start` up to but excluding `stop`; negative bounds count from the end. */
export interface Range {
  readonly start: number | undefined;
  readonly stop: number | undefined;
  readonly step: number;
}

/**
 * A range of indices, as Python's `start:stop:step`: `range()` is everything, `range(1)` drops the first,
 * `range(undefined, undefined, -1)` reverses.
 *
 * @param step - default 1; may be negative
 * @throws ArgumentError when step is 0
 */
export function range(start?: number, stop?: number, step = 1): Range {
  if (step === 0 || !Number.isInteger(step)) {
    throw new ArgumentError(`range: expected an integer step other than 0; got ${step}`, { step });
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
 * Out-of-range entries of an index tensor are clamped; a boolean mask needs concrete values.
 *
 * @throws ShapeError on an integer out of range, a mask of another shape, or too many entries
 * @example
 * x.at(-1); x.at(range(0, 4), 2); x.at("...", null); x.at(x.greater(0))
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
      start[axis] = checkIndex(entry, n, axis, t);
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
  return filled.flatMap((entry): Entry[] => {
    if (entry === "...") {
      axis += missing;
      return whole;
    }
    const from = axis;
    axis += axesOf(entry);
    if (!isTensor(entry)) return [entry];
    return entry.dtype === "bool" ? maskIndices(entry, t, from) : [checkInteger("at", entry)];
  });
}

/** A mask as the integer positions that it selects. */
function maskIndices(mask: Tensor, t: Tensor, from: number): Tensor[] {
  const selected = t.shape.slice(from, from + mask.shape.length);
  if (!sameShape(mask.shape, selected)) {
    throw new ShapeError(
      `at: expected a mask of the shape of the axes it selects from, ${showShape(selected)}; got ${showShape(mask.shape)}`,
      { shape: t.shape, mask: mask.shape },
    );
  }
  return nonZero(mask, "at");
}

const asIndex = (x: Tensor | readonly NestedArray[]): Tensor => {
  if (isTensor(x)) return x;
  const t = tensor(x);
  return t.dtype === "f32" ? e.cast(t, "i32") : t;
};

function checkInteger(operation: string, index: Tensor): Tensor {
  if (index.dtype === "f32" || index.dtype === "f64") {
    throw new ArgumentError(
      `${operation}: expected integer or bool indices; got a tensor of ${index.dtype}; cast it to i32`,
      { dtype: index.dtype },
    );
  }
  return index.dtype === "u32" ? index : e.cast(index, "i32");
}

function checkIndex(i: number, n: number, axis: number, t: Tensor): number {
  if (!Number.isInteger(i) || i < -n || i >= n) {
    throw new ShapeError(
      `at: index ${i} is out of range for axis ${axis} of shape ${showShape(t.shape)}; expected an integer from ${-n} to ${n - 1}`,
      { shape: t.shape, axis, index: i },
    );
  }
  return i < 0 ? i + n : i;
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
    const wrapped = wrapNegative(broadcastUnchecked(index, common), n);
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

/** Indices −n … n − 1 as 0 … n − 1. */
function wrapNegative(index: Tensor, n: number): Tensor {
  if (index.dtype !== "i32") return e.cast(index, "i32").clip(0, Math.max(0, n - 1));
  return e.select(index.less(0), index.add(n), index).clip(0, Math.max(0, n - 1));
}

/**
 * Indices of the true (non-zero) elements, one i32 tensor for each axis.
 *
 * @throws TraceError while the value is being traced, as the result's length depends on it
 */
export function nonZero(x: TensorLike, operation = "nonZero"): Tensor[] {
  const t = toTensor(x);
  if (!isReadable(t)) {
    throw new TraceError(
      `${operation}: the number of selected elements depends on values, which are not known while tracing; use where to keep the shape`,
      { operation, shape: t.shape },
    );
  }
  const data = t.dataSync();
  const hits: number[] = [];
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) hits.push(i);
  let step = t.size;
  return t.shape.map((d) => {
    const size = step;
    step = d === 0 ? 0 : size / d;
    const inner = step;
    return tensor(
      Int32Array.from(hits, (h) => Math.floor((h % size) / inner)),
      { copy: false },
    );
  });
}

/**
 * Elements at integer positions along an axis: [pre…, n, post…] at [I…] gives [pre…, I…, post…].
 *
 * @param axis - default 0
 * @throws ArgumentError when the indices are not integers
 */
export function take(x: TensorLike, indices: TensorLike, axis = 0): Tensor {
  const t = toTensor(x);
  const along = normalizeAxis("take", axis, t.shape.length);
  const index = checkInteger("take", isTensor(indices) ? indices : asIndexLike(indices));
  return g.gather(t, wrapNegative(index, t.shape[along] as number), 0, along);
}

const asIndexLike = (x: TensorLike): Tensor => {
  const t = toTensor(x, "i32");
  return t.dtype === "f32" ? e.cast(t, "i32") : t;
};

/**
 * One element for each index along an axis: out[…, i, …] = x[…, indices[…, i, …], …].
 *
 * @param indices - of x's rank; the other axes have x's lengths
 * @param axis - default the last
 * @throws ShapeError when the other axes differ
 */
export function takeAlongAxis(x: TensorLike, indices: TensorLike, axis = -1): Tensor {
  const t = toTensor(x);
  const index = checkInteger("takeAlongAxis", asIndexLike(indices));
  const along = normalizeAxis("takeAlongAxis", axis, t.shape.length);
  const fits =
    index.shape.length === t.shape.length &&
    index.shape.every((d, i) => i === along || d === t.shape[i]);
  if (!fits) {
    throw new ShapeError(
      `takeAlongAxis: expected indices of shape ${showShape(t.shape)} but for axis ${along}; got ${showShape(index.shape)}`,
      { shape: t.shape, indices: index.shape, axis: along },
    );
  }
  const last = t.shape.length - 1;
  const wrapped = wrapNegative(index, t.shape[along] as number);
  return moveAxis(
    takeAlongLast(moveAxis(t, along, last), moveAxis(wrapped, along, last)),
    last,
    along,
  );
}

/**
 * Zeros of length `size` along an axis, plus `updates` at the indices; repeated indices add up.
 *
 * The transpose of {@link take}: updates [pre…, I…, post…] at [I…] give [pre…, size, post…].
 * Indices out of range are dropped.
 *
 * @param axis - default 0
 */
export function scatterAdd(
  updates: TensorLike,
  indices: TensorLike,
  size: number,
  axis = 0,
): Tensor {
  const u0 = toTensor(updates);
  const u = u0.dtype === "bool" || u0.dtype === "u8" ? e.cast(u0, "i32") : u0;
  const index = checkInteger("scatterAdd", asIndexLike(indices));
  const along = normalizeAxis("scatterAdd", axis, Math.max(1, u.shape.length));
  if (!sameShape(u.shape.slice(along, along + index.shape.length), index.shape)) {
    throw new ShapeError(
      `scatterAdd: expected updates whose axes from ${along} on are those of the indices, ${showShape(index.shape)}; got ${showShape(u.shape)}`,
      { updates: u.shape, indices: index.shape, axis: along },
    );
  }
  return g.scatterAdd(u, index, 0, along, size);
}

/**
 * Sums of rows that share an id: [n, …] with ids [n] gives [count, …]. Ids out of range are dropped.
 */
export const segmentSum = (x: TensorLike, ids: TensorLike, count: number): Tensor =>
  scatterAdd(x, ids, count, 0);

/**
 * How often each of 0 … length − 1 occurs, or the sum of its weights.
 *
 * @param options.length - default one more than the largest value, which has to be known then
 */
export function bincount(
  x: TensorLike,
  options: { readonly length?: number; readonly weights?: TensorLike } = {},
): Tensor {
  const index = checkInteger("bincount", asIndexLike(x));
  const length = options.length ?? (index.size === 0 ? 0 : index.max().item() + 1);
  const ones = tensor(1, { dtype: "i32" }).broadcastTo(index.shape);
  return scatterAdd(
    reshape(options.weights === undefined ? ones : toTensor(options.weights), [index.size]),
    reshape(index, [index.size]),
    length,
  );
}

/**
 * 1 at the position of each class along a new last axis, 0 elsewhere; classes out of range give zeros.
 *
 * @param options.dtype - default f32
 */
export function oneHot(
  x: TensorLike,
  classes: number,
  options: { readonly dtype?: Tensor["dtype"] } = {},
): Tensor {
  const index = checkInteger("oneHot", asIndexLike(x));
  const hits = index.expandDims(-1).equal(arange(0, classes, 1, { dtype: index.dtype }));
  return e.cast(hits, options.dtype ?? "f32");
}
