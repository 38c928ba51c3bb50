import { ShapeError } from "../errors";
import { toFloat } from "../ops/promote";
import { moveAxis } from "../primitives/batching";
import { argReduce } from "../primitives/reduction";
import { broadcastShapes, normalizeAxis, type Shape, sameShape, showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { gumbel } from "./continuous";
import { type Draw, fused } from "./fused";
import { type FloatDType, spread } from "./parameters";

/** Shape and axis of {@link categorical}. */
export interface CategoricalOptions {
  /** Of the result; default that of the logits without the axis, which in any case broadcasts to it. */
  readonly shape?: Shape | undefined;
  /** Axis of the logits along which the classes lie; default the last. */
  readonly axis?: number | undefined;
}

const largest: Draw = fused("categorical", (key, shape, dtype, logits) => {
  const all = [...shape, (logits as Tensor).shape.at(-1) as number];
  const noise = gumbel(key, all, { dtype: dtype as FloatDType });
  return argReduce(noise.add(spread(logits as Tensor, all)), "max", shape.length);
});

/**
 * Classes with probabilities proportional to e^logits: the largest of logits plus Gumbel numbers.
 *
 * Takes one random number for each class and draw; for many draws from one distribution `choice` takes one each.
 *
 * @param logits - [..., k, ...] log-probabilities up to a constant, k > 0; −Infinity for classes never drawn;
 *   not checked for NaN, which is drawn always
 * @returns i32, 0 … k − 1
 * @throws ShapeError when there are no classes or the logits do not broadcast to the shape
 * @see Gumbel 1954; Maddison, Tarlow & Minka 2014
 */
export function categorical(
  key: Tensor,
  logits: TensorLike,
  options: CategoricalOptions = {},
): Tensor {
  const t = toFloat(logits);
  const axis = normalizeAxis("categorical", options.axis ?? -1, t.shape.length);
  const last = moveAxis(t, axis, t.shape.length - 1);
  const batch = last.shape.slice(0, -1);
  const { shape = batch } = options;
  if (t.shape[axis] === 0) {
    throw new ShapeError(
      `categorical: expected at least one class; axis ${axis} of logits ${showShape(t.shape)} is empty`,
      { shape: t.shape, axis },
    );
  }
  if (!sameShape(broadcastShapes("categorical", shape, batch), shape)) {
    throw new ShapeError(
      `categorical: expected logits without their classes, ${showShape(batch)}, to broadcast to the sample's shape; got ${showShape(shape)}; name the sample's full shape`,
      { shape, logits: t.shape },
    );
  }
  return largest(key, shape, t.dtype, last);
}
