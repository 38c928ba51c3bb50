import { ArgumentError, ShapeError } from "../errors";
import { constant } from "../primitives/constants";
import * as p from "../primitives/movement";
import type { Tensor, TensorLike } from "../tensor";
import { toTensor } from "./promote";
import { broadcastTo } from "./shape-ops";

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
 * @example
 * pad([1, 2], 1) // [0, 1, 2, 0]
 * pad([1, 2, 3], [[0, 2]], { mode: "reflect" }) // [1, 2, 3, 2, 1]
 */
export function pad(
  x: TensorLike,
  padding: number | readonly (number | readonly [number, number])[],
  options: PadOptions = {},
): Tensor {
  const { mode = "constant", value = 0 } = options;
  const t = toTensor(x);
  if (!["constant", "edge", "reflect", "wrap"].includes(mode)) {
    throw new ArgumentError(
      `pad: expected mode "constant", "edge", "reflect" or "wrap"; got ${JSON.stringify(mode)}`,
      { mode },
    );
  }
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
  const limit = mode === "edge" ? (n > 0 ? Infinity : 0) : mode === "wrap" ? n : n - 1;
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
