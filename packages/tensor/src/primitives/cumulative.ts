import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { isUnknown } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import type { Tensor } from "../tensor";
import { batchLeading, nextAxis } from "./batching";
import { constant, constantLike } from "./constants";
import { add, mul, ne, or, select } from "./elementwise";
import { pad, slice } from "./movement";

/** What a running reduction accumulates. */
export type CumulativeKind = "sum" | "prod" | "max" | "min";

interface CumulativeParams {
  readonly kind: CumulativeKind;
  readonly axis: number;
  readonly reverse: boolean;
}

const cumulativePrimitive: Primitive<CumulativeParams> = {
  name: "cumulative",
  shape: ([x]) => [x as Aval],
  jvp: ([x], [t], params): JvpResult => {
    const y = bind1(cumulativePrimitive, [x as Tensor], params);
    return { primals: [y], tangents: [t == null ? null : tangentOf(t, x as Tensor, y, params)] };
  },
  transpose: ([ct], _inputs, { kind, axis, reverse }) => [
    ct == null ? null : cumulative(ct, kind, axis, !reverse),
  ],
  batch: batchLeading(nextAxis),
};

function tangentOf(t: Tensor, x: Tensor, y: Tensor, params: CumulativeParams): Tensor {
  const { kind, axis, reverse } = params;
  if (kind === "sum") return cumulative(t, "sum", axis, reverse);
  const before = shift(y, axis, reverse, kind === "prod" ? 1 : 0);
  // y_i = y_{i−1} x_i, so ẏ_i = x_i ẏ_{i−1} + y_{i−1} ẋ_i.
  if (kind === "prod") return recurrence(x, mul(t, before), axis, reverse);
  // The running extremum keeps the tangent of the element that set it last; the first element sets it.
  const start = shift(constant(0, x.shape, "bool"), axis, reverse, 1);
  const fresh = or(start, ne(y, before));
  const zero = constantLike(x, 0);
  return recurrence(select(fresh, zero, constantLike(x, 1)), select(fresh, t, zero), axis, reverse);
}

/** Elements moved one place along the scan, `fill` at the start. */
export function shift(x: Tensor, axis: number, reverse: boolean, fill: number): Tensor {
  if (x.shape[axis] === 0) return x;
  const start = x.shape.map((_, i) => (i === axis && reverse ? 1 : 0));
  const shape = x.shape.map((d, i) => (i === axis ? d - 1 : d));
  const padding = x.shape.map((_, i): [number, number] =>
    i === axis ? (reverse ? [0, 1] : [1, 0]) : [0, 0],
  );
  return pad(slice(x, start, shape), constant(fill, [], x.dtype), padding);
}

/** Running sum, product, maximum or minimum along an axis, from the start or (`reverse`) from the end. */
export const cumulative = (
  x: Tensor,
  kind: CumulativeKind,
  axis: number,
  reverse: boolean,
): Tensor => bind1(cumulativePrimitive, [x], { kind, axis, reverse });

interface RecurrenceParams {
  readonly axis: number;
  readonly reverse: boolean;
}

const recurrencePrimitive: Primitive<RecurrenceParams> = {
  name: "recurrence",
  shape: ([, b]) => [b as Aval],
  jvp: ([a, b], [ta, tb], params): JvpResult => {
    const { axis, reverse } = params;
    const y = bind1(recurrencePrimitive, [a as Tensor, b as Tensor], params);
    const driven = ta == null ? null : mul(ta, shift(y, axis, reverse, 0));
    const drive = driven === null ? tb : tb == null ? driven : add(driven, tb);
    return {
      primals: [y],
      tangents: [drive == null ? null : recurrence(a as Tensor, drive, axis, reverse)],
    };
  },
  // With λ_i = ȳ_i + a_{i+1} λ_{i+1}, the cotangent of b is λ.
  transpose: ([ct], [a, b], { axis, reverse }) => [
    null,
    ct == null || !isUnknown(b!)
      ? null
      : recurrence(shift(a as Tensor, axis, !reverse, 0), ct, axis, !reverse),
  ],
  batch: batchLeading(nextAxis),
};

/** y_i = a_i · y_{i−1} + b_i along an axis, from y = 0. */
export const recurrence = (a: Tensor, b: Tensor, axis: number, reverse: boolean): Tensor =>
  bind1(recurrencePrimitive, [a, b], { axis, reverse });
