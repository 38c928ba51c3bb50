import * as p from "../primitives/cumulative";
import { cast } from "../primitives/elementwise";
import { reshape } from "../primitives/movement";
import { normalizeAxis } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { countable, toTensor, unify } from "./promote";

/** Direction of a running reduction. */
export interface CumulativeOptions {
  /** Accumulate from the end; default false. */
  readonly reverse?: boolean;
}

type Cumulative = (x: TensorLike, axis?: number, options?: CumulativeOptions) => Tensor;

const running =
  (operation: string, kind: p.CumulativeKind): Cumulative =>
  (x, axis, options) => {
    const t = toTensor(x);
    const wide = t.dtype === "bool" || t.dtype === "u8" ? cast(t, "i32") : t;
    const operand = axis === undefined ? reshape(wide, [wide.size]) : wide;
    const a = normalizeAxis(operation, axis ?? 0, operand.shape.length);
    return p.cumulative(operand, kind, a, options?.reverse ?? false);
  };

/**
 * Running sum along an axis, or of the flattened tensor. f32 sums are accumulated in double precision.
 *
 * @example
 * cumsum([1, 2, 3]) // [1, 3, 6]
 */
export const cumsum: Cumulative = running("cumsum", "sum");
/** Running product along an axis, or of the flattened tensor. */
export const cumprod: Cumulative = running("cumprod", "prod");
/** Running maximum along an axis, or of the flattened tensor; NaN stays. */
export const cummax: Cumulative = running("cummax", "max");
/** Running minimum along an axis, or of the flattened tensor; NaN stays. */
export const cummin: Cumulative = running("cummin", "min");

/**
 * y_i = a_i y_{i−1} + b_i along an axis, starting from y = 0: discounted sums, exponential averages.
 *
 * @param a - factors, broadcast against b; bool and u8 are counted in i32
 * @param axis - default the last
 * @throws ShapeError when the shapes do not broadcast
 * @example
 * linearRecurrence(0.5, [1, 1, 1]) // [1, 1.5, 1.75]
 */
export function linearRecurrence(
  a: TensorLike,
  b: TensorLike,
  axis = -1,
  options: CumulativeOptions = {},
): Tensor {
  const [x, y] = countable(...unify("linearRecurrence", a, b));
  const along = normalizeAxis("linearRecurrence", axis, y.shape.length);
  return p.recurrence(x, y, along, options.reverse ?? false);
}
