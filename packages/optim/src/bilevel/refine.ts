import { type Tensor, tensor } from "@x/tensor";
import type { Derivatives } from "./derivatives";
import { repeat } from "./loop";
import { add, addScaled, norm, scale, subtract, type Vector, zerosLike } from "./vectors";

/** Projection on the ball around a centre; an infinite radius costs nothing. */
function projectBall(y: Vector, centre: Vector, radius: number): Vector {
  if (radius === Number.POSITIVE_INFINITY) return y;
  const away = subtract(y, centre);
  const length = norm(away);
  return addScaled(centre, length.greater(radius).where(length.reciprocal().mul(radius), 1), away);
}

/** A walk of gradient steps on the lower level. */
export interface Walk {
  readonly x: Vector;
  readonly y: Vector;
  readonly lr: Tensor;
  readonly steps: number;
  /** Of the ball around y that the walk stays in. */
  readonly radius: number;
  /** The batch of a step. */
  readonly draw: (index: Tensor) => unknown;
}

/** Projected gradient steps on g(x, ·); returns the end and the mean of all points after the start. */
export function walk(
  derivatives: Derivatives,
  { x, y: start, lr, steps, radius, draw }: Walk,
): { readonly last: Vector; readonly mean: Vector } {
  const end = repeat(
    steps,
    ({ y, sum, index }) => {
      const gradient = derivatives.lowerGradient({ x, y, batch: draw(index) });
      const next = projectBall(addScaled(y, lr.neg(), gradient), start, radius);
      return { y: next, sum: add(sum, next), index: index.add(1) };
    },
    { y: start, sum: zerosLike(start), index: tensor(0, { dtype: "i32" }) },
  );
  return { last: end.y, mean: scale(1 / steps, end.sum) };
}
