import { ArgumentError, ShapeError } from "../errors";
import { isReadable } from "../internal/read";
import { toTensor } from "../ops/promote";
import { cumulative } from "../primitives/cumulative";
import { cast } from "../primitives/elementwise";
import { reshape, slice } from "../primitives/movement";
import { searchSorted, topK } from "../primitives/sorting";
import { checkShape, type Shape, showShape, sizeOf } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { gumbel } from "./continuous";
import { type Draw, fused } from "./fused";
import { checkKey } from "./key";
import { lengthOf, permutation, pick } from "./permutation";
import { randint } from "./randint";
import { uniform } from "./uniform";

/** What and how {@link choice} draws. */
export interface ChoiceOptions {
  /** Of the drawn positions; default `[]`: one draw. */
  readonly shape?: Shape | undefined;
  /** Whether the same element may be drawn again; default true. */
  readonly replace?: boolean | undefined;
  /** Weights [n] ≥ 0 with a positive sum; default all the same. */
  readonly p?: TensorLike | undefined;
  /** Axis of a tensor to draw from; default 0. */
  readonly axis?: number | undefined;
}

const weighted: Draw = fused("choice", (key, shape, _dtype, p) => {
  const sums = cumulative(p as Tensor, "sum", 0, false);
  const n = sums.shape[0] as number;
  // Divided by its last element, the end of the scale is exactly 1 and no u < 1 falls behind it.
  const scale = sums.div(slice(sums, [n - 1], [1]));
  const u = uniform(key, [sizeOf(shape)], { dtype: "f64" });
  return reshape(searchSorted(scale, u, "right"), shape);
});

const distinct: Draw = fused("choice", (key, shape, _dtype, p) => {
  const noise = gumbel(key, (p as Tensor).shape, { dtype: "f64" });
  return reshape(topK((p as Tensor).log().add(noise), sizeOf(shape))[1], shape);
});

/**
 * Draws positions 0 … n − 1, or slices of a tensor.
 *
 * With weights and without replacement, each draw has the weights of what is left (successive sampling): the
 * largest of log p plus Gumbel numbers.
 *
 * @param of - n, or a tensor
 * @returns i32 of the shape; or, for a tensor, its slices with the shape in the place of the axis
 * @throws ArgumentError when there is nothing to draw from, more is drawn without replacement than there is, or
 *   weights are negative, not finite or all 0
 * @see Efraimidis & Spirakis 2006; Kool, van Hoof & Welling 2019, "Stochastic beams and where to find them"
 */
export function choice(key: Tensor, of: number | Tensor, options: ChoiceOptions = {}): Tensor {
  const { shape = [], replace = true, axis = 0 } = options;
  checkKey("choice", key);
  checkShape("choice", shape);
  const n = lengthOf("choice", of, axis);
  const count = sizeOf(shape);
  if (count > (replace ? n && Infinity : n)) {
    throw new ArgumentError(
      `choice: expected at most ${n} draws ${replace ? "" : "without replacement "}from ${n} elements; got shape ${showShape(shape)}`,
      { n, shape },
    );
  }
  const p = options.p === undefined ? undefined : weights(options.p, n, replace ? 1 : count);
  const draw = replace ? weighted : distinct;
  const index =
    p !== undefined && count > 0
      ? draw(key, shape, "i32", p)
      : replace && count > 0
        ? randint(key, shape, { high: n })
        : reshape(slice(permutation(key, n), [0], [count]), shape);
  return pick(of, index, axis);
}

/** Weights in f64, checked if they can be read. */
function weights(p: TensorLike, n: number, needed: number): Tensor {
  const t = cast(toTensor(p, "f64"), "f64");
  if (t.shape.length !== 1 || t.shape[0] !== n) {
    throw new ShapeError(
      `choice: expected one weight for each of the ${n} elements; got shape ${showShape(t.shape)}`,
      { n, shape: t.shape },
    );
  }
  if (!isReadable(t)) return t;
  const values = t.dataSync() as Float64Array;
  const bad = values.find((w) => !(w >= 0 && w < Infinity));
  const positive = values.reduce((k, w) => k + Number(w > 0), 0);
  if (bad === undefined && positive >= needed) return t;
  throw new ArgumentError(
    bad === undefined
      ? `choice: expected at least ${needed} positive weights; got ${positive}`
      : `choice: expected finite weights ≥ 0; got ${bad}`,
    { p: bad ?? positive },
  );
}
