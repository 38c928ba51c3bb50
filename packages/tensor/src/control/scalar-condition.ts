import { ShapeError } from "../errors";
import { toTensor } from "../ops/promote";
import { cast } from "../primitives/elementwise";
import { showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";

/**
 * A condition as a bool scalar.
 *
 * @param advice - for those who pass something else
 * @throws ShapeError when it is not a scalar
 */
export function scalarCondition(caller: string, condition: TensorLike, advice: string): Tensor {
  const y = cast(toTensor(condition), "bool");
  if (y.shape.length === 0) return y;
  throw new ShapeError(
    `${caller}: expected a scalar condition; got shape ${showShape(y.shape)}; ${advice}`,
    { shape: y.shape },
  );
}
